-- what is ours belongs to whoever owns the tenants: another owner could change it, and a function made beforehand would keep its own
with owner as (
    select tenants.relowner as id from pg_class as tenants where tenants.oid = 'public.tenants'::regclass
)
select format('%s belongs to %s', found.name, found.owner::regrole)
from (
    select function.oid::regprocedure::text as name, function.proowner as owner
    from pg_proc as function
    where function.pronamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
        and not exists (select from pg_depend as owned where owned.objid = function.oid and owned.deptype = 'e')
    union all
    select class.oid::regclass::text, class.relowner
    from pg_class as class
    where class.relkind in ('r', 'p', 'v', 'm', 'S')
        and class.relnamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
    union all
    select format('schema %s', namespace.nspname), namespace.nspowner
    from pg_namespace as namespace
    where namespace.nspname in ('app', 'etl')
) as found, owner
where found.owner <> owner.id
order by 1
