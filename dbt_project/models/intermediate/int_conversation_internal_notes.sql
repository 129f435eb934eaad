-- How much the tenant's people say among themselves, and when they last did.
with entries as (
    select
        stg_messages.tenant_id,
        stg_messages.conversation_id,
        stg_messages.sent_at as said_at
    from {{ ref('stg_messages') }} as stg_messages
    where stg_messages.is_internal
    union all
    select
        stg_notes.tenant_id,
        stg_notes.conversation_id,
        stg_notes.noted_at as said_at
    from {{ ref('stg_conversation_notes') }} as stg_notes
)

select
    entries.tenant_id,
    entries.conversation_id,
    count(*) as internal_notes,
    max(entries.said_at) as last_note_at
from entries
group by entries.tenant_id, entries.conversation_id
