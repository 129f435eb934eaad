-- a table has one policy per action and role
select format('%s on %s', policies.cmd, policies.tablename)
from pg_policies as policies
cross join unnest(policies.roles) as role
where policies.schemaname = 'public'
group by policies.tablename, policies.cmd, role
having count(*) > 1 or policies.cmd = 'ALL'
order by 1
