with source as (
    select landed.*
    from {{ source('raw', 'messages') }} as landed
    inner join {{ ref('stg_working_set') }} as touched
        on landed.tenant_id = touched.tenant_id and landed.conversation_id = touched.conversation_id
),

renamed as (
    select
        source.tenant_id,
        source.conversation_id,
        source.id as message_id,
        source.agent_id,
        {{ mapped_sender('source.sender_type') }} as sender,
        source.sender_type as unknown_sender,
        source.ordinal,
        source.confidence_score as ai_confidence,
        source.processing_time_ms as processing_ms,
        source.is_internal,
        source.created_at as sent_at
    from source
)

select
    renamed.tenant_id,
    renamed.conversation_id,
    renamed.message_id,
    renamed.agent_id,
    renamed.sender,
    case when renamed.sender = 'unknown' then renamed.unknown_sender end as unknown_sender,
    renamed.ordinal,
    renamed.ai_confidence,
    renamed.processing_ms,
    renamed.is_internal,
    renamed.sent_at
from renamed
