-- How much the tenant's people say among themselves, and when anything was last said at all.
with entries as (
    select
        stg_messages.tenant_id,
        stg_messages.conversation_id,
        stg_messages.is_internal,
        stg_messages.sent_at as said_at
    from {{ ref('stg_messages') }} as stg_messages
    union all
    select
        stg_notes.tenant_id,
        stg_notes.conversation_id,
        true as is_internal,
        stg_notes.noted_at as said_at
    from {{ ref('stg_conversation_notes') }} as stg_notes
)

select
    entries.tenant_id,
    entries.conversation_id,
    count(*) filter (where entries.is_internal) as internal_notes,
    max(entries.said_at) as last_message_at
from entries
group by entries.tenant_id, entries.conversation_id
