with source as (
    select landed.*
    from {{ source('raw', 'knowledge_items') }} as landed
),

renamed as (
    select
        source.tenant_id,
        source.id as knowledge_item_id,
        source.category_id,
        source.language,
        source.status
    from source
)

select
    renamed.tenant_id,
    renamed.knowledge_item_id,
    renamed.category_id,
    renamed.language,
    renamed.status
from renamed
