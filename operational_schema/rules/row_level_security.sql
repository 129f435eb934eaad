-- row level security is on
select class.oid::regclass::text
from pg_class as class
where class.relkind in ('r', 'p') and not class.relrowsecurity
    and (class.relnamespace = 'public'::regnamespace or class.oid in ('app.migration'::regclass, 'etl.change'::regclass))
order by 1
