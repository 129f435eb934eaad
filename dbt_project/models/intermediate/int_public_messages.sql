-- What is said aloud in each conversation, in its order, and what has been said so far. Sorted
-- once here: each question that sorted for itself took as long as all of this.
with messages as (
    select
        stg_messages.tenant_id,
        stg_messages.conversation_id,
        stg_messages.message_id,
        stg_messages.agent_id,
        stg_messages.sender,
        stg_messages.ordinal,
        stg_messages.ai_confidence,
        stg_messages.processing_ms,
        stg_messages.sender in ('ai', 'agent') as is_reply,
        stg_messages.sent_at,
        {{ local_time('stg_messages.sent_at', 'tenants.timezone') }} as sent_local
    from {{ ref('stg_messages') }} as stg_messages
    inner join {{ ref('stg_tenants') }} as tenants on stg_messages.tenant_id = tenants.tenant_id
    where not stg_messages.is_internal
)

select
    messages.tenant_id,
    messages.conversation_id,
    messages.message_id,
    messages.agent_id,
    messages.sender,
    messages.ordinal,
    row_number() over in_order as place,
    messages.ai_confidence,
    messages.processing_ms,
    messages.is_reply,
    messages.sent_at,
    messages.sent_local,
    count(*) filter (where messages.sender = 'customer') over in_order as customer_so_far,
    count(*) filter (where messages.sender = 'ai') over in_order as ai_so_far,
    count(*) filter (where messages.sender = 'agent') over in_order as agent_so_far
from messages
-- By conversation first: of a tenant, which they share, a sort compares every pair of messages.
window in_order as (
    partition by messages.conversation_id, messages.tenant_id
    order by messages.sent_at, messages.ordinal, messages.message_id
    rows unbounded preceding
)
