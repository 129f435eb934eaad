with source as (
    select landed.*
    from {{ source('raw', 'business_stretches') }} as landed
),

renamed as (
    select
        source.tenant_id,
        source.day,
        source.open_day,
        source.from_ms,
        source.until_ms,
        source.opened_ms
    from source
)

select
    renamed.tenant_id,
    renamed.day,
    renamed.open_day,
    renamed.from_ms,
    renamed.until_ms,
    renamed.opened_ms
from renamed
