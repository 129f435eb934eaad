-- nobody does anything without logging in
select class.oid::regclass::text
from pg_class as class
where class.relkind in ('r', 'p', 'v', 'm') and class.relnamespace = 'public'::regnamespace
    and has_table_privilege('anon', class.oid, 'select, insert, update, delete, truncate, references, trigger')
order by 1
