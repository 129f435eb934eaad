-- a function that the application may call is on the list
select format('%s for %s', function.oid::regprocedure, role.name)
from pg_proc as function
cross join (values ('anon'), ('authenticated')) as role (name)
where function.pronamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
    and has_function_privilege(role.name, function.oid, 'execute')
    and not exists (select from pg_depend as owned where owned.objid = function.oid and owned.deptype = 'e')
    and (role.name, function.oid::regprocedure::text) not in (
        ('anon', 'app.public_tenant_id()'),
        ('anon', 'search_knowledge_base(text,text,integer)'),
        ('authenticated', 'app.cron_value(integer,text)'),
        ('authenticated', 'app.cron_values(integer,text)'),
        ('authenticated', 'app.is_cron(text)'),
        ('authenticated', 'app.is_timezone(text)'),
        ('authenticated', 'app.public_tenant_id()'),
        ('authenticated', 'app.refuse_secret(jsonb)'),
        ('authenticated', 'app.role()'),
        ('authenticated', 'app.tenant_id()'),
        ('authenticated', 'app.user_id()'),
        ('authenticated', 'app.uuid_or_null(text)'),
        ('authenticated', 'create_api_key(text,text[],timestamp with time zone)'),
        ('authenticated', 'execute_workflow(uuid,uuid,jsonb)'),
        ('authenticated', 'resume_workflow(uuid)'),
        ('authenticated', 'sanitize_input(text)'),
        ('authenticated', 'search_knowledge_base(text,text,integer)'),
        ('authenticated', 'search_messages(text,integer)'),
        ('authenticated', 'validate_email(text)'),
        ('authenticated', 'validate_phone(text)')
    )
order by 1
