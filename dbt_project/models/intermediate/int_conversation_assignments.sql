-- When each conversation gets its first agent, and how often it changes hands.
with assignments as (
    select
        stg_events.tenant_id,
        stg_events.conversation_id,
        stg_events.to_agent_id as agent_id,
        stg_events.occurred_at as handled_at,
        lag(stg_events.to_agent_id) over (
            partition by stg_events.tenant_id, stg_events.conversation_id
            order by stg_events.occurred_at, stg_events.ordinal, stg_events.event_id
        ) as previous_agent_id
    from {{ ref('stg_conversation_events') }} as stg_events
    where stg_events.event_type = 'assignment' and stg_events.to_agent_id is not null
),

assigned as (
    select
        assignments.tenant_id,
        assignments.conversation_id,
        min(assignments.handled_at) as first_assigned_at,
        count(*) filter (where assignments.agent_id <> assignments.previous_agent_id)
            as agent_switches
    from assignments
    group by assignments.tenant_id, assignments.conversation_id
),

senders as (
    select
        public_messages.tenant_id,
        public_messages.conversation_id,
        public_messages.agent_id,
        lag(public_messages.agent_id) over (
            partition by public_messages.tenant_id, public_messages.conversation_id
            order by public_messages.place
        ) as previous_agent_id
    from {{ ref('int_public_messages') }} as public_messages
    where public_messages.sender = 'agent' and public_messages.agent_id is not null
),

spoken as (
    select
        senders.tenant_id,
        senders.conversation_id,
        count(*) filter (where senders.agent_id <> senders.previous_agent_id) as agent_switches
    from senders
    group by senders.tenant_id, senders.conversation_id
)

select
    coalesce(assigned.tenant_id, spoken.tenant_id) as tenant_id,
    coalesce(assigned.conversation_id, spoken.conversation_id) as conversation_id,
    assigned.first_assigned_at,
    coalesce(assigned.agent_switches, spoken.agent_switches) as agent_switches
from assigned
full outer join spoken
    on assigned.tenant_id = spoken.tenant_id
    and assigned.conversation_id = spoken.conversation_id
