-- Read by key, as a view with a CTE cannot be.
select
    landed.tenant_id,
    landed.day,
    landed.open_day,
    landed.from_ms,
    landed.until_ms,
    landed.opened_ms
from {{ source('raw', 'business_stretches') }} as landed
