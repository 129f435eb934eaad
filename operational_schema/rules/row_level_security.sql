-- row level security is on
select class.oid::regclass::text
from pg_class as class
where class.relkind in ('r', 'p') and not class.relrowsecurity
    and class.relnamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
order by 1
