-- Grain: one row per conversation and local day on which something happened in it.
select
    days.tenant_id,
    days.conversation_id,
    days.customer_key,
    days.day as date,
    days.daily_metrics_id,
    days.channel_type,
    days.department,
    days.agent_id,
    days.resolutions,
    days.reopens,
    days.ratings,
    cast(days.ratings_sum as numeric(18, 6)) as ratings_sum,
    days.handoffs,
    days.customer_messages,
    days.ai_messages,
    days.agent_messages,
    days.system_messages,
    days.unknown_messages,
    days.sla_first_response_breaches,
    days.sla_resolution_breaches
from {{ ref('int_conversation_days') }} as days
