-- How much the tenant's people say among themselves, and when anything was last said at all.
with messages as (
    select
        stg_messages.tenant_id,
        stg_messages.conversation_id,
        stg_messages.is_internal,
        stg_messages.sent_at
    from {{ ref('stg_messages') }} as stg_messages
)

select
    messages.tenant_id,
    messages.conversation_id,
    count(*) filter (where messages.is_internal) as internal_notes,
    max(messages.sent_at) as last_message_at
from messages
group by messages.tenant_id, messages.conversation_id
