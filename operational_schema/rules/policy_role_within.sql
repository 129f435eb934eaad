-- a policy compares the role inside its sub-select, where the planner does not take one row in a hundred to be left
select format('%s of %s', policyname, tablename)
from pg_policies
where schemaname = 'public' and concat(qual, with_check) ~ '\( SELECT app\.role\(\) AS \w+\)'
order by 1
