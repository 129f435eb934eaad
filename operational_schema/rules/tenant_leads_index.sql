-- tenant_id leads an index
select attribute.attrelid::regclass::text
from pg_attribute as attribute
inner join pg_class as class on class.oid = attribute.attrelid
where class.relkind in ('r', 'p') and class.relnamespace = 'public'::regnamespace and attribute.attname = 'tenant_id'
    and not exists (
        select from pg_index as index
        where index.indrelid = attribute.attrelid and index.indkey[0] = attribute.attnum
            and index.indpred is null and index.indisvalid
    )
order by 1
