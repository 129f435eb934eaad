-- a table has tenant_id, not null
select class.oid::regclass::text
from pg_class as class
where class.relkind in ('r', 'p') and class.relnamespace = 'public'::regnamespace and class.relname <> 'tenants'
    and not exists (
        select from pg_attribute as attribute
        where attribute.attrelid = class.oid and attribute.attname = 'tenant_id' and attribute.attnotnull
            and attribute.atttypid = 'uuid'::regtype
    )
order by 1
