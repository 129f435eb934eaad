-- Grain: one row per tenant, local day and agent.
with parts as (
    select
        started.tenant_id,
        started.started_on as date,
        started.agent_id,
        1 as conversations,
        cast(started.resolved_at is not null as integer) as resolved,
        cast(started.reopen_count > 0 as integer) as reopened,
        started.first_human_response_seconds,
        started.full_resolution_seconds,
        started.human_answered_waits,
        started.human_wait_seconds_total,
        0 as agent_messages,
        0 as assignments,
        0 as ratings,
        cast(null as numeric) as ratings_sum
    from {{ ref('conversation_analytics') }} as started
    where started.agent_id is not null
    union all
    select
        happened.tenant_id,
        happened.happened_on as date,
        happened.agent_id,
        0 as conversations,
        0 as resolved,
        0 as reopened,
        cast(null as numeric) as first_human_response_seconds,
        cast(null as numeric) as full_resolution_seconds,
        0 as human_answered_waits,
        cast(null as numeric) as human_wait_seconds_total,
        happened.agent_messages,
        happened.assignments,
        happened.ratings,
        happened.ratings_sum
    from {{ ref('int_agent_happenings') }} as happened
)

select
    parts.tenant_id,
    parts.date,
    parts.agent_id,
    cast(sum(parts.conversations) as bigint) as total_conversations,
    cast(sum(parts.resolved) as bigint) as resolved_conversations,
    cast(sum(parts.conversations - parts.resolved) as bigint) as open_conversations,
    cast(sum(parts.reopened) as bigint) as reopened_conversations,
    count(parts.first_human_response_seconds) as first_human_response_count,
    cast(sum(parts.first_human_response_seconds) as numeric(18, 3))
        as first_human_response_seconds_total,
    count(parts.full_resolution_seconds) as resolution_count,
    cast(sum(parts.full_resolution_seconds) as numeric(18, 3)) as resolution_seconds_total,
    cast(sum(parts.human_answered_waits) as bigint) as human_answered_waits,
    cast(sum(parts.human_wait_seconds_total) as numeric(18, 3)) as human_wait_seconds_total,
    cast(sum(parts.agent_messages) as bigint) as happened_agent_messages,
    count(*) filter (where parts.agent_messages > 0) as happened_answered_conversations,
    cast(sum(parts.assignments) as bigint) as happened_assignments,
    cast(sum(parts.ratings) as bigint) as happened_ratings,
    cast(sum(parts.ratings_sum) as numeric(18, 6)) as happened_ratings_sum
from parts
group by parts.tenant_id, parts.date, parts.agent_id
