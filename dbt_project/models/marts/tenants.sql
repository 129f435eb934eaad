-- Grain: one row per tenant.
with tenants as (
    select stg_tenants.*
    from {{ ref('stg_tenants') }} as stg_tenants
)

select
    tenants.tenant_id,
    tenants.slug,
    tenants.name,
    tenants.timezone,
    tenants.status
from tenants
