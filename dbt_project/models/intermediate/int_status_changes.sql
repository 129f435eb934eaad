-- Which status each conversation enters when, and which of these is an end or a return from one.
with conversations as (
    select
        stg_conversations.tenant_id,
        stg_conversations.conversation_id,
        stg_conversations.status,
        stg_conversations.started_at
    from {{ ref('stg_conversations') }} as stg_conversations
),

events as (
    select
        stg_events.tenant_id,
        stg_events.conversation_id,
        stg_events.event_id,
        stg_events.ordinal,
        stg_events.to_status,
        stg_events.is_automatic,
        stg_events.occurred_at
    from {{ ref('stg_conversation_events') }} as stg_events
    where stg_events.event_type = 'status'
),

entries as (
    select
        conversations.tenant_id,
        conversations.conversation_id,
        events.event_id,
        coalesce(events.ordinal, 0) as ordinal,
        coalesce(events.to_status, conversations.status) as status,
        coalesce(events.is_automatic, false) as is_automatic,
        coalesce(events.occurred_at, conversations.started_at) as occurred_at,
        -- The application can move a beginning behind its history: no time is less than none.
        greatest(events.occurred_at, conversations.started_at) as entered_at,
        conversations.started_at
    from conversations
    left join events
        on conversations.tenant_id = events.tenant_id
        and conversations.conversation_id = events.conversation_id
),

sequenced as (
    select
        entries.*,
        row_number() over in_order as place,
        lag(entries.status) over in_order as previous_status,
        lead(entries.entered_at) over in_order as left_at
    from entries
    window in_order as (
        partition by entries.tenant_id, entries.conversation_id
        order by entries.occurred_at, entries.ordinal, entries.event_id
    )
)

select
    sequenced.tenant_id,
    sequenced.conversation_id,
    sequenced.event_id,
    sequenced.ordinal,
    sequenced.place,
    sequenced.status,
    sequenced.is_automatic,
    sequenced.status in ('resolved', 'closed') as is_ended,
    sequenced.status in ('resolved', 'closed')
    and coalesce(sequenced.previous_status, '') not in ('resolved', 'closed') as is_resolution,
    sequenced.status not in ('resolved', 'closed')
    and coalesce(sequenced.previous_status, '') in ('resolved', 'closed') as is_reopening,
    case when sequenced.place = 1 then sequenced.started_at else sequenced.entered_at end
        as entered_at,
    sequenced.left_at
from sequenced
