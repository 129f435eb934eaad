-- a policy compares the tenant with the one of the request, and whatever else it asks comes on top of that
select format('%s of %s', policies.policyname, policies.tablename)
from pg_policies as policies
cross join unnest(array[policies.qual, policies.with_check]) as condition
-- Printed, every list of conditions has its own brackets: what begins like this is the comparison alone, or AND something.
where policies.schemaname = 'public'
    and condition !~ format(
        '^(\(%1$s\)$|\(\(%1$s\) AND )',
        case
            when policies.roles = array['anon']::name[]
                then 'tenant_id = \( SELECT app\.public_tenant_id\(\) AS public_tenant_id\)'
            when policies.tablename = 'tenants' then 'id = \( SELECT app\.tenant_id\(\) AS tenant_id\)'
            else 'tenant_id = \( SELECT app\.tenant_id\(\) AS tenant_id\)'
        end
    )
order by 1
