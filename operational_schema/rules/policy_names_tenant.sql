-- a policy compares the tenant with the one of the request
select format('%s of %s', policies.policyname, policies.tablename)
from pg_policies as policies
cross join unnest(array[policies.qual, policies.with_check]) as condition
where policies.schemaname = 'public'
    and condition !~ case
        when policies.roles = array['anon']::name[]
            then 'tenant_id = \( SELECT app\.public_tenant_id\(\) AS public_tenant_id\)'
        else 'id = \( SELECT app\.tenant_id\(\) AS tenant_id\)'
    end
order by 1
