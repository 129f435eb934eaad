-- the application has no right that policies do not hold back
select class.oid::regclass::text
from pg_class as class
where class.relkind in ('r', 'p', 'v', 'm') and class.relnamespace = 'public'::regnamespace
    and has_table_privilege('authenticated', class.oid, 'truncate, references, trigger')
order by 1
