-- a table has a comment
select class.oid::regclass::text
from pg_class as class
where class.relkind in ('r', 'p') and class.relnamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
    and obj_description(class.oid, 'pg_class') is null
order by 1
