-- a figure says what it counts
select format('%s of %s', attribute.attname, class.oid::regclass)
from pg_attribute as attribute
inner join pg_class as class on class.oid = attribute.attrelid
where class.relnamespace = 'public'::regnamespace and class.relname in ('conversation_analytics', 'daily_metrics')
    and attribute.attnum > 0 and not attribute.attisdropped
    and attribute.atttypid in ('integer'::regtype, 'bigint'::regtype, 'numeric'::regtype)
    and col_description(class.oid, attribute.attnum) is null
order by 1
