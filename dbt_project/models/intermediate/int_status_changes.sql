-- Which status each conversation enters when, and which of these is an end or a return from one.
with conversations as (
    select
        stg_conversations.tenant_id,
        stg_conversations.conversation_id,
        stg_conversations.status,
        stg_conversations.started_at,
        stg_conversations.forgotten_at
    from {{ ref('stg_conversations') }} as stg_conversations
),

events as (
    select
        stg_events.tenant_id,
        stg_events.conversation_id,
        stg_events.event_id,
        stg_events.ordinal,
        stg_events.from_status,
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
        events.from_status,
        coalesce(events.to_status, conversations.status) as status,
        coalesce(events.is_automatic, false) as is_automatic,
        coalesce(events.occurred_at, conversations.started_at) as occurred_at,
        -- The application can move a beginning behind its history: no time is less than none.
        greatest(events.occurred_at, conversations.started_at) as entered_at,
        conversations.started_at,
        conversations.forgotten_at
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
),

-- A conversation older than the recording of events begins in the status that its first event
-- leaves, not in the one that it enters.
held as (
    select
        sequenced.tenant_id,
        sequenced.conversation_id,
        case when not parts.is_before then sequenced.event_id end as event_id,
        case when parts.is_before then 0 else sequenced.ordinal end as ordinal,
        case when parts.is_before then 0 else sequenced.place end as place,
        case when parts.is_before then sequenced.from_status else sequenced.status end as status,
        case
            when not parts.is_before
                then coalesce(sequenced.previous_status, sequenced.from_status, '')
            else ''
        end as previous_status,
        sequenced.forgotten_at,
        sequenced.is_automatic and not parts.is_before as is_automatic,
        case
            when parts.is_before or (sequenced.place = 1 and sequenced.from_status is null)
                then sequenced.started_at
            else sequenced.entered_at
        end as entered_at,
        case when parts.is_before then sequenced.entered_at else sequenced.left_at end as left_at
    from sequenced
    inner join (values (false), (true)) as parts (is_before)
        on not parts.is_before or (sequenced.place = 1 and sequenced.from_status is not null)
)

select
    held.tenant_id,
    held.conversation_id,
    held.event_id,
    held.ordinal,
    held.place,
    held.status,
    held.is_automatic,
    held.status in ('resolved', 'closed') as is_ended,
    held.status in ('resolved', 'closed')
    and held.previous_status not in ('resolved', 'closed') as is_resolution,
    held.status not in ('resolved', 'closed')
    and held.previous_status in ('resolved', 'closed') as is_reopening,
    held.entered_at,
    held.left_at,
    held.forgotten_at
from held
