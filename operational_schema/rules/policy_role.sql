-- a policy is for authenticated and nobody else, but for reading published knowledge
select format('%s of %s', policies.policyname, policies.tablename)
from pg_policies as policies
where policies.schemaname = 'public' and policies.roles <> array['authenticated']::name[]
    and (policies.tablename, policies.cmd, policies.roles) not in (
        ('knowledge_categories', 'SELECT', array['anon']::name[]),
        ('knowledge_items', 'SELECT', array['anon']::name[])
    )
order by 1
