-- Each rating, and the agent to whom it is credited: who had the conversation then, else who last
-- wrote before it.
with ratings as (
    select
        stg_events.tenant_id,
        stg_events.conversation_id,
        stg_events.event_id,
        stg_events.score,
        stg_events.ordinal,
        stg_events.occurred_at as rated_at,
        row_number() over (
            partition by stg_events.tenant_id, stg_events.conversation_id
            order by
                stg_events.occurred_at desc, stg_events.ordinal desc, stg_events.event_id desc
        ) as place_from_last
    from {{ ref('stg_conversation_events') }} as stg_events
    where stg_events.event_type = 'rating'
),

-- An assignment says who has it from then on, also nobody; a message speaks only where none does.
credits as (
    select
        stg_events.tenant_id,
        stg_events.conversation_id,
        stg_events.event_id as entry_id,
        stg_events.to_agent_id as agent_id,
        stg_events.ordinal,
        true as is_assignment,
        stg_events.occurred_at as credited_at
    from {{ ref('stg_conversation_events') }} as stg_events
    where stg_events.event_type = 'assignment'
    union all
    select
        public_messages.tenant_id,
        public_messages.conversation_id,
        public_messages.message_id as entry_id,
        public_messages.agent_id,
        public_messages.ordinal,
        false as is_assignment,
        public_messages.sent_at as credited_at
    from {{ ref('int_public_messages') }} as public_messages
    where public_messages.sender = 'agent' and public_messages.agent_id is not null
),

latest as (
    select
        ratings.event_id,
        credits.agent_id,
        credits.is_assignment,
        row_number() over (
            partition by ratings.event_id, credits.is_assignment
            order by credits.credited_at desc, credits.ordinal desc, credits.entry_id desc
        ) as place_from_last
    from ratings
    inner join credits
        on ratings.tenant_id = credits.tenant_id
        and ratings.conversation_id = credits.conversation_id
        and (credits.credited_at, credits.ordinal, credits.entry_id)
        < (ratings.rated_at, ratings.ordinal, ratings.event_id)
)

select
    ratings.tenant_id,
    ratings.conversation_id,
    ratings.event_id,
    ratings.score,
    ratings.place_from_last = 1 as is_last,
    coalesce(assignee.agent_id, writer.agent_id) as rated_agent_id,
    conversations.channel_type,
    conversations.department,
    {{ local_day('ratings.rated_at', 'tenants.timezone') }} as rated_on,
    ratings.rated_at
from ratings
inner join {{ ref('stg_tenants') }} as tenants on ratings.tenant_id = tenants.tenant_id
inner join {{ ref('stg_conversations') }} as conversations
    on ratings.tenant_id = conversations.tenant_id
    and ratings.conversation_id = conversations.conversation_id
left join latest as assignee
    on ratings.event_id = assignee.event_id
    and assignee.is_assignment and assignee.place_from_last = 1
left join latest as writer
    on ratings.event_id = writer.event_id
    and not writer.is_assignment and writer.place_from_last = 1
