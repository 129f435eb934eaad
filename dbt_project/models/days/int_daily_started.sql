-- What became of the conversations that started on each touched day.
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
    count(*) filter (where conversations.lead_qualified and conversations.follow_up_required)
        as sales_qualified_leads,
    cast(sum(conversations.ai_answers_marked) as bigint) as ai_answers_marked,
    cast(sum(conversations.ai_answers_helpful) as bigint) as ai_answers_helpful,
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
