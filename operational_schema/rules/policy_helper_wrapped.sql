-- a policy calls its helpers in sub-selects, once per statement and not once per row
select format('%s of %s', policies.policyname, policies.tablename)
from pg_policies as policies
cross join unnest(array[policies.qual, policies.with_check]) as condition
where policies.schemaname = 'public'
    -- A helper's answer, or its comparison with constants.
    and regexp_replace(
        condition, '\( SELECT \(?(app|auth)\.\w+\(\)( = (''\w+''::text|ANY \(ARRAY\[[^]]*\]\))\))? AS \w+\)', '', 'g'
    ) ~ '\m(app|auth)\.\w+\('
order by 1
