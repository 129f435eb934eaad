-- the application reaches no table beside the public ones
select format('%s for %s', class.oid::regclass, role.name)
from pg_class as class
cross join (values ('anon'), ('authenticated'), ('service_role')) as role (name)
where class.relkind in ('r', 'p', 'v', 'm') and class.relnamespace in ('app'::regnamespace, 'etl'::regnamespace)
    and has_table_privilege(role.name, class.oid, 'select, insert, update, delete, truncate, references, trigger')
order by 1
