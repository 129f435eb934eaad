-- Grain: one row per tenant, local day and agent.
with started as (
    select
        analytics.tenant_id,
        analytics.started_on,
        analytics.agent_id,
        count(*) as total_conversations,
        count(analytics.resolved_at) as resolved_conversations,
        count(*) filter (where analytics.status not in ('resolved', 'closed'))
            as open_conversations,
        count(analytics.first_human_response_seconds) as first_human_response_count,
        sum(analytics.first_human_response_seconds) as first_human_response_seconds_total,
        count(analytics.full_resolution_seconds) as resolution_count,
        sum(analytics.full_resolution_seconds) as resolution_seconds_total,
        sum(analytics.human_answered_waits) as human_answered_waits,
        sum(analytics.human_wait_seconds_total) as human_wait_seconds_total,
        count(*) filter (where analytics.reopen_count > 0) as reopened_conversations
    from {{ ref('conversation_analytics') }} as analytics
    where analytics.agent_id is not null
    group by analytics.tenant_id, analytics.started_on, analytics.agent_id
),

happened as (
    select
        happenings.tenant_id,
        happenings.happened_on,
        happenings.agent_id,
        sum(happenings.agent_messages) as agent_messages,
        count(*) filter (where happenings.agent_messages > 0) as answered_conversations,
        sum(happenings.assignments) as assignments,
        sum(happenings.ratings) as ratings,
        sum(happenings.ratings_sum) as ratings_sum
    from {{ ref('int_agent_happenings') }} as happenings
    group by happenings.tenant_id, happenings.happened_on, happenings.agent_id
)

select
    coalesce(started.tenant_id, happened.tenant_id) as tenant_id,
    coalesce(started.started_on, happened.happened_on) as date,
    coalesce(started.agent_id, happened.agent_id) as agent_id,
    coalesce(started.total_conversations, 0) as total_conversations,
    coalesce(started.resolved_conversations, 0) as resolved_conversations,
    coalesce(started.open_conversations, 0) as open_conversations,
    coalesce(started.reopened_conversations, 0) as reopened_conversations,
    coalesce(started.first_human_response_count, 0) as first_human_response_count,
    cast(started.first_human_response_seconds_total as numeric(18, 3))
        as first_human_response_seconds_total,
    coalesce(started.resolution_count, 0) as resolution_count,
    cast(started.resolution_seconds_total as numeric(18, 3)) as resolution_seconds_total,
    cast(coalesce(started.human_answered_waits, 0) as bigint) as human_answered_waits,
    cast(started.human_wait_seconds_total as numeric(18, 3)) as human_wait_seconds_total,
    cast(coalesce(happened.agent_messages, 0) as bigint) as happened_agent_messages,
    coalesce(happened.answered_conversations, 0) as happened_answered_conversations,
    cast(coalesce(happened.assignments, 0) as bigint) as happened_assignments,
    cast(coalesce(happened.ratings, 0) as bigint) as happened_ratings,
    cast(happened.ratings_sum as numeric(18, 6)) as happened_ratings_sum
from started
full outer join happened
    on started.tenant_id = happened.tenant_id
    and started.started_on = happened.happened_on
    and started.agent_id = happened.agent_id
