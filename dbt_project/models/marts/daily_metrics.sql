-- Grain: one row per tenant, local day, channel, department and agent; no agent is one row.
with started as (
    select
        conversations.daily_metrics_id,
        conversations.tenant_id,
        conversations.started_on as day,
        conversations.channel_type,
        conversations.department,
        conversations.agent_id,
        count(*) as total_conversations,
        count(*) filter (where conversations.resolved_by = 'ai') as ai_resolved_conversations,
        count(*) filter (where conversations.resolved_by = 'agent') as human_resolved_conversations,
        count(*) filter (
            where conversations.resolved_by = 'abandoned' or conversations.is_abandoned
        ) as abandoned_conversations,
        count(conversations.first_response_seconds) as first_response_count,
        sum(conversations.first_response_seconds) as first_response_seconds_total,
        count(conversations.first_human_response_seconds) as first_human_response_count,
        sum(conversations.first_human_response_seconds) as first_human_response_seconds_total,
        count(conversations.full_resolution_seconds) as resolution_count,
        sum(conversations.full_resolution_seconds) as resolution_seconds_total,
        count(conversations.customer_satisfaction) as total_ratings,
        sum(conversations.customer_satisfaction) as ratings_sum,
        sum(conversations.ai_confidence_sum) as ai_confidence_sum,
        cast(sum(conversations.ai_confidence_count) as bigint) as ai_confidence_count,
        count(*) filter (where conversations.handoff_count > 0) as handed_off_conversations,
        count(*) filter (where conversations.reopen_count > 0) as reopened_conversations,
        count(*) filter (where conversations.lead_qualified) as leads_generated,
        count(conversations.lead_qualified) as lead_known_conversations,
        sum(conversations.revenue_generated) as revenue_attributed,
        cast(sum(conversations.total_messages) as bigint) as total_messages,
        cast(sum(conversations.customer_messages) as bigint) as customer_messages,
        cast(sum(conversations.ai_messages) as bigint) as ai_messages,
        cast(sum(conversations.agent_messages) as bigint) as agent_messages
    from {{ ref('int_conversations_of_days') }} as conversations
    group by
        conversations.daily_metrics_id, conversations.tenant_id, conversations.started_on,
        conversations.channel_type, conversations.department, conversations.agent_id
)

select
    coalesce(started.daily_metrics_id, happened.daily_metrics_id) as daily_metrics_id,
    coalesce(started.tenant_id, happened.tenant_id) as tenant_id,
    coalesce(started.day, happened.day) as date,
    coalesce(started.channel_type, happened.channel_type) as channel_type,
    coalesce(started.department, happened.department) as department,
    coalesce(started.agent_id, happened.agent_id) as agent_id,
    coalesce(started.total_conversations, 0) as total_conversations,
    coalesce(started.ai_resolved_conversations, 0) as ai_resolved_conversations,
    coalesce(started.human_resolved_conversations, 0) as human_resolved_conversations,
    coalesce(started.abandoned_conversations, 0) as abandoned_conversations,
    cast(
        started.first_response_seconds_total
        / nullif(started.first_response_count, 0) as numeric(18, 3)
    ) as avg_first_response_time_seconds,
    coalesce(started.first_response_count, 0) as first_response_count,
    cast(started.first_response_seconds_total as numeric(18, 3)) as first_response_seconds_total,
    cast(
        started.first_human_response_seconds_total
        / nullif(started.first_human_response_count, 0) as numeric(18, 3)
    ) as avg_first_human_response_time_seconds,
    coalesce(started.first_human_response_count, 0) as first_human_response_count,
    cast(started.first_human_response_seconds_total as numeric(18, 3))
        as first_human_response_seconds_total,
    cast(started.resolution_seconds_total / nullif(started.resolution_count, 0) as numeric(18, 3))
        as avg_resolution_time_seconds,
    coalesce(started.resolution_count, 0) as resolution_count,
    cast(started.resolution_seconds_total as numeric(18, 3)) as resolution_seconds_total,
    cast(started.ratings_sum / nullif(started.total_ratings, 0) as numeric(9, 6))
        as avg_satisfaction_score,
    coalesce(started.total_ratings, 0) as total_ratings,
    cast(started.ratings_sum as numeric(18, 6)) as ratings_sum,
    cast(started.ai_confidence_sum / nullif(started.ai_confidence_count, 0) as numeric(9, 6))
        as ai_confidence_avg,
    coalesce(started.ai_confidence_count, 0) as ai_confidence_count,
    cast(started.ai_confidence_sum as numeric(18, 6)) as ai_confidence_sum,
    cast(
        1.0 * started.handed_off_conversations
        / nullif(started.total_conversations, 0) as numeric(9, 6)
    ) as handoff_rate,
    coalesce(started.handed_off_conversations, 0) as handed_off_conversations,
    coalesce(started.reopened_conversations, 0) as reopened_conversations,
    coalesce(started.leads_generated, 0) as leads_generated,
    coalesce(started.lead_known_conversations, 0) as lead_known_conversations,
    {{ money('started.revenue_attributed') }} as revenue_attributed,
    coalesce(started.total_messages, 0) as total_messages,
    coalesce(started.customer_messages, 0) as customer_messages,
    coalesce(started.ai_messages, 0) as ai_messages,
    coalesce(started.agent_messages, 0) as agent_messages,
    coalesce(happened.resolutions, 0) as happened_resolutions,
    coalesce(happened.resolved_conversations, 0) as happened_resolved_conversations,
    coalesce(happened.reopens, 0) as happened_reopens,
    coalesce(happened.ratings, 0) as happened_ratings,
    cast(happened.ratings_sum as numeric(18, 6)) as happened_ratings_sum,
    coalesce(happened.handoffs, 0) as happened_handoffs,
    coalesce(happened.customer_messages, 0) as happened_customer_messages,
    coalesce(happened.ai_messages, 0) as happened_ai_messages,
    coalesce(happened.agent_messages, 0) as happened_agent_messages
from started
full outer join {{ ref('int_daily_happened') }} as happened
    on started.daily_metrics_id = happened.daily_metrics_id
