-- a table has a policy
select class.oid::regclass::text
from pg_class as class
where class.relkind in ('r', 'p') and class.relnamespace = 'public'::regnamespace
    and not exists (select from pg_policy as policy where policy.polrelid = class.oid)
order by 1
