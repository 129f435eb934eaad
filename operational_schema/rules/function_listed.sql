-- a function that the application may call is on the list, with the reason; and everybody, as PUBLIC, may call none
select format('%s for %s', function.oid::regprocedure, role.name)
from pg_proc as function
cross join (values ('anon'), ('authenticated'), ('public')) as role (name)
where function.pronamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
    and has_function_privilege(role.name, function.oid, 'execute')
    and not exists (select from pg_depend as owned where owned.objid = function.oid and owned.deptype = 'e')
    and (role.name, function.oid::regprocedure::text) not in (
        select listed.role, listed.name
        from (
            values
                ('anon', 'app.public_tenant_id()', 'policies of published knowledge ask it'),
                ('anon', 'search_knowledge_base(text,text,integer)', 'a visitor searches what is published'),
                ('authenticated', 'app.cron_value(integer,text)', 'within app.is_cron'),
                ('authenticated', 'app.cron_values(integer,text)', 'within app.is_cron'),
                ('authenticated', 'app.is_cron(text)', 'a trigger asks it as whoever saves a report'),
                ('authenticated', 'app.is_timezone(text)', 'a trigger asks it as whoever sets a zone'),
                ('authenticated', 'app.public_tenant_id()', 'search_knowledge_base asks it'),
                ('authenticated', 'app.refuse_secret(jsonb)', 'the domain of settings asks it as whoever writes'),
                ('authenticated', 'app.role()', 'policies ask it'),
                ('authenticated', 'app.tenant_id()', 'policies ask it'),
                ('authenticated', 'app.user_id()', 'policies and defaults ask it'),
                ('authenticated', 'app.uuid_or_null(text)', 'within app.tenant_id and app.user_id'),
                ('authenticated', 'create_api_key(text,text[],timestamp with time zone)', 'an admin makes a key; it asks the role'),
                ('authenticated', 'execute_workflow(uuid,uuid,jsonb)', 'staff run a workflow; it asks the role'),
                ('authenticated', 'resume_workflow(uuid)', 'staff let a run go on; it asks the role'),
                ('authenticated', 'sanitize_input(text)', 'forms ask it before they save; it reads nothing'),
                ('authenticated', 'search_knowledge_base(text,text,integer)', 'repeats the policies'),
                ('authenticated', 'search_messages(text,integer)', 'repeats the policies'),
                ('authenticated', 'validate_email(text)', 'forms ask it, and a trigger as whoever saves a report'),
                ('authenticated', 'validate_phone(text)', 'forms ask it before they save; it reads nothing')
        ) as listed (role, name, reason)
    )
order by 1
