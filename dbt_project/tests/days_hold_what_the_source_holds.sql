-- Public messages, ratings and resolutions of each tenant and local day: in the days of
-- conversations as many as in the source, and as many messages in the conversations. What
-- daily_metrics makes of these days is the claim of days_hold_what_their_conversations_hold.
{{ config(meta={'dagster': {'ref': {'name': 'conversation_days'}}}) }}
with sources as (
    select
        messages.tenant_id,
        {{ local_day('messages.sent_at', 'tenants.timezone') }} as day,
        count(*) as messages,
        0 as ratings,
        0 as resolutions
    from {{ ref('stg_messages') }} as messages
    inner join {{ ref('stg_tenants') }} as tenants on messages.tenant_id = tenants.tenant_id
    where not messages.is_internal
    group by messages.tenant_id, {{ local_day('messages.sent_at', 'tenants.timezone') }}
    union all
    select
        events.tenant_id,
        {{ local_day('events.occurred_at', 'tenants.timezone') }} as day,
        0 as messages,
        count(*) as ratings,
        0 as resolutions
    from {{ ref('stg_conversation_events') }} as events
    inner join {{ ref('stg_tenants') }} as tenants on events.tenant_id = tenants.tenant_id
    where events.event_type = 'rating'
    group by events.tenant_id, {{ local_day('events.occurred_at', 'tenants.timezone') }}
    union all
    select
        changes.tenant_id,
        {{ local_day('changes.entered_at', 'tenants.timezone') }} as day,
        0 as messages,
        0 as ratings,
        count(*) as resolutions
    from {{ ref('int_status_changes') }} as changes
    inner join {{ ref('stg_tenants') }} as tenants on changes.tenant_id = tenants.tenant_id
    where changes.is_resolution
    group by changes.tenant_id, {{ local_day('changes.entered_at', 'tenants.timezone') }}
),

days as (
    select
        built.tenant_id,
        built.date as day,
        sum(
            built.customer_messages + built.ai_messages + built.agent_messages
            + built.system_messages + built.unknown_messages
        ) as messages,
        sum(built.ratings) as ratings,
        sum(built.resolutions) as resolutions
    from {{ ref('conversation_days') }} as built
    group by built.tenant_id, built.date
),

counted as (
    select
        sources.*,
        1 as side
    from sources
    union all
    select
        days.*,
        -1 as side
    from days
    union all
    -- Of a conversation it is not said on which day: the whole of a tenant.
    select
        days.tenant_id,
        null as day,
        sum(days.messages) as messages,
        0 as ratings,
        0 as resolutions,
        1 as side
    from days
    group by days.tenant_id
    union all
    select
        conversations.tenant_id,
        null as day,
        sum(conversations.total_messages) as messages,
        0 as ratings,
        0 as resolutions,
        -1 as side
    from {{ ref('conversation_analytics') }} as conversations
    group by conversations.tenant_id
)

select
    counted.tenant_id,
    cast(counted.day as text) as day,
    sum(counted.side * counted.messages) as messages_lost,
    sum(counted.side * counted.ratings) as ratings_lost,
    sum(counted.side * counted.resolutions) as resolutions_lost
from counted
group by counted.tenant_id, counted.day
having
    sum(counted.side * counted.messages) <> 0
    or sum(counted.side * counted.ratings) <> 0
    or sum(counted.side * counted.resolutions) <> 0
