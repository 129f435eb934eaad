-- a table has one policy per action
select format('%s on %s', policies.cmd, policies.tablename)
from pg_policies as policies
where policies.schemaname = 'public'
group by policies.tablename, policies.cmd
having count(*) > 1 or policies.cmd = 'ALL'
order by 1
