-- a policy is for authenticated and nobody else
select format('%s of %s', policies.policyname, policies.tablename)
from pg_policies as policies
where policies.schemaname = 'public' and policies.roles <> array['authenticated']::name[]
order by 1
