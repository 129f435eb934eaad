with source as (
    select landed.*
    from {{ source('raw', 'business_openings') }} as landed
),

renamed as (
    select
        source.tenant_id,
        source.opens_ms,
        source.closes_ms,
        source.opened_ms
    from source
)

select
    renamed.tenant_id,
    renamed.opens_ms,
    renamed.closes_ms,
    renamed.opened_ms
from renamed
