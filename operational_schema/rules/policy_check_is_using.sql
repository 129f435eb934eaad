-- what may be changed may only become what may be changed
select format('%s of %s', policies.policyname, policies.tablename)
from pg_policies as policies
where policies.schemaname = 'public' and policies.cmd = 'UPDATE' and policies.with_check is distinct from policies.qual
order by 1
