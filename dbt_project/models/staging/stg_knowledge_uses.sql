with source as (
    select landed.*
    from {{ source('raw', 'knowledge_analytics') }} as landed
    inner join {{ ref('stg_working_set') }} as touched
        on landed.tenant_id = touched.tenant_id and landed.conversation_id = touched.conversation_id
),

renamed as (
    select
        source.tenant_id,
        source.conversation_id,
        source.id as use_id,
        source.knowledge_item_id,
        source.was_helpful,
        source.created_at as used_at
    from source
)

select
    renamed.tenant_id,
    renamed.conversation_id,
    renamed.use_id,
    renamed.knowledge_item_id,
    renamed.was_helpful,
    renamed.used_at
from renamed
