-- Grain: one row per tenant, local day, channel, department and agent; no agent is one row.
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
        1.0 * started.ai_answers_helpful / nullif(started.ai_answers_marked, 0) as numeric(9, 6)
    ) as ai_accuracy_rate,
    coalesce(started.ai_answers_marked, 0) as ai_answers_marked,
    coalesce(started.ai_answers_helpful, 0) as ai_answers_helpful,
    cast(
        1.0 * started.handed_off_conversations
        / nullif(started.total_conversations, 0) as numeric(9, 6)
    ) as handoff_rate,
    coalesce(started.handed_off_conversations, 0) as handed_off_conversations,
    coalesce(started.reopened_conversations, 0) as reopened_conversations,
    coalesce(started.leads_generated, 0) as leads_generated,
    coalesce(started.sales_qualified_leads, 0) as sales_qualified_leads,
    coalesce(started.lead_known_conversations, 0) as lead_known_conversations,
    {{ money('started.revenue_attributed') }} as revenue_attributed,
    coalesce(started.total_messages, 0) as total_messages,
    coalesce(started.customer_messages, 0) as customer_messages,
    coalesce(started.ai_messages, 0) as ai_messages,
    coalesce(started.agent_messages, 0) as agent_messages,
    coalesce(started.total_conversations, 0) as happened_opened,
    coalesce(happened.resolutions, 0) as happened_resolutions,
    coalesce(happened.resolved_conversations, 0) as happened_resolved_conversations,
    coalesce(happened.resolved_customers, 0) as happened_resolved_customers,
    coalesce(happened.reopens, 0) as happened_reopens,
    coalesce(happened.ratings, 0) as happened_ratings,
    cast(happened.ratings_sum as numeric(18, 6)) as happened_ratings_sum,
    coalesce(happened.handoffs, 0) as happened_handoffs,
    coalesce(happened.customer_messages, 0) as happened_customer_messages,
    coalesce(happened.ai_messages, 0) as happened_ai_messages,
    coalesce(happened.agent_messages, 0) as happened_agent_messages,
    coalesce(happened.system_messages, 0) as happened_system_messages,
    coalesce(happened.unknown_messages, 0) as happened_unknown_messages,
    coalesce(happened.sla_first_response_breaches, 0) as happened_sla_first_response_breaches,
    coalesce(happened.sla_resolution_breaches, 0) as happened_sla_resolution_breaches
from {{ ref('int_daily_started') }} as started
full outer join {{ ref('int_daily_happened') }} as happened
    on started.daily_metrics_id = happened.daily_metrics_id
