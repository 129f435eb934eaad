-- What is said aloud in each conversation, in its order.
with messages as (
    select
        stg_messages.tenant_id,
        stg_messages.conversation_id,
        stg_messages.message_id,
        stg_messages.agent_id,
        stg_messages.sender,
        stg_messages.ordinal,
        stg_messages.ai_confidence,
        stg_messages.sent_at
    from {{ ref('stg_messages') }} as stg_messages
    where not stg_messages.is_internal
)

select
    messages.tenant_id,
    messages.conversation_id,
    messages.message_id,
    messages.agent_id,
    messages.sender,
    messages.ordinal,
    row_number() over (
        partition by messages.tenant_id, messages.conversation_id
        order by messages.sent_at, messages.ordinal, messages.message_id
    ) as place,
    messages.ai_confidence,
    messages.sender in ('ai', 'agent') as is_reply,
    messages.sent_at
from messages
