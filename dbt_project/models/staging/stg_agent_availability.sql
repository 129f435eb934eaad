with source as (
    select landed.*
    from {{ source('raw', 'agent_availability') }} as landed
),

renamed as (
    select
        source.tenant_id,
        source.agent_id,
        source.status,
        source.current_chat_count as open_conversations,
        source.max_concurrent_chats as most_conversations,
        source.is_online
    from source
)

select
    renamed.tenant_id,
    renamed.agent_id,
    renamed.status,
    renamed.open_conversations,
    renamed.most_conversations,
    renamed.is_online
from renamed
