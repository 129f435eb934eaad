with source as (
    select landed.*
    from {{ source('raw', 'tenants') }} as landed
),

renamed as (
    select
        source.id as tenant_id,
        source.slug,
        source.name,
        source.timezone,
        source.status
    from source
)

select
    renamed.tenant_id,
    renamed.slug,
    renamed.name,
    renamed.timezone,
    renamed.status
from renamed
