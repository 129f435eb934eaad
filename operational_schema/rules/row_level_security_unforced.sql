-- row level security is not forced: what keeps history and counters runs with the owner's rights, and would find no row
select class.oid::regclass::text
from pg_class as class
where class.relkind in ('r', 'p') and class.relforcerowsecurity
    and class.relnamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
order by 1
