-- From when to when each conversation is whose; before its first assignment it is nobody's.
with conversations as (
    select
        stg_conversations.tenant_id,
        stg_conversations.conversation_id,
        stg_conversations.started_at
    from {{ ref('stg_conversations') }} as stg_conversations
),

entries as (
    select
        conversations.tenant_id,
        conversations.conversation_id,
        cast(null as uuid) as event_id,
        cast(null as uuid) as agent_id,
        cast(-1 as bigint) as ordinal,
        timestamptz '-infinity' as occurred_at,
        conversations.started_at as held_from
    from conversations
    union all
    select
        stg_events.tenant_id,
        stg_events.conversation_id,
        stg_events.event_id,
        stg_events.to_agent_id as agent_id,
        stg_events.ordinal,
        stg_events.occurred_at,
        greatest(stg_events.occurred_at, conversations.started_at) as held_from
    from {{ ref('stg_conversation_events') }} as stg_events
    inner join conversations
        on stg_events.tenant_id = conversations.tenant_id
        and stg_events.conversation_id = conversations.conversation_id
    where stg_events.event_type = 'assignment'
)

select
    entries.tenant_id,
    entries.conversation_id,
    entries.agent_id,
    entries.held_from,
    lead(entries.held_from) over (
        partition by entries.tenant_id, entries.conversation_id
        order by entries.occurred_at, entries.ordinal, entries.event_id
    ) as held_until
from entries
