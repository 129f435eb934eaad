-- Every conversation that started on a touched day: the touched ones as built, the others as
-- published.
{{ config(materialized='view') }}
select
    built.daily_metrics_id,
    built.tenant_id,
    built.conversation_id,
    built.channel_type,
    built.department,
    built.agent_id,
    built.started_on,
    built.resolved_by,
    built.is_abandoned,
    built.first_response_seconds,
    built.first_human_response_seconds,
    built.full_resolution_seconds,
    built.first_ai_response_seconds,
    built.first_resolution_seconds,
    built.first_response_business_seconds,
    built.first_human_response_business_seconds,
    built.full_resolution_business_seconds,
    built.customer_satisfaction,
    built.ai_confidence_sum,
    built.ai_confidence_count,
    built.handoff_count,
    built.ai_answers_marked,
    built.ai_answers_helpful,
    built.follow_up_required,
    built.reopen_count,
    built.lead_qualified,
    built.revenue_generated,
    built.total_messages,
    built.customer_messages,
    built.ai_messages,
    built.agent_messages
from {{ ref('conversation_analytics') }} as built
union all
select
    published.daily_metrics_id,
    published.tenant_id,
    published.conversation_id,
    published.channel_type,
    published.department,
    published.agent_id,
    published.started_on,
    published.resolved_by,
    published.is_abandoned,
    published.first_response_seconds,
    published.first_human_response_seconds,
    published.full_resolution_seconds,
    published.first_ai_response_seconds,
    published.first_resolution_seconds,
    published.first_response_business_seconds,
    published.first_human_response_business_seconds,
    published.full_resolution_business_seconds,
    published.customer_satisfaction,
    published.ai_confidence_sum,
    published.ai_confidence_count,
    published.handoff_count,
    published.ai_answers_marked,
    published.ai_answers_helpful,
    published.follow_up_required,
    published.reopen_count,
    published.lead_qualified,
    published.revenue_generated,
    published.total_messages,
    published.customer_messages,
    published.ai_messages,
    published.agent_messages
from {{ ref('int_touched_days') }} as days
inner join {{ ref('stg_published_conversations') }} as published
    on days.daily_metrics_id = published.daily_metrics_id
left join {{ ref('stg_working_set') }} as touched
    on published.tenant_id = touched.tenant_id
    and published.conversation_id = touched.conversation_id
where touched.conversation_id is null
