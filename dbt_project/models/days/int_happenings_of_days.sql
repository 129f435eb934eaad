-- All that happened on a touched day: in touched conversations as built, in others as published.
{{ config(materialized='view') }}
select
    built.daily_metrics_id,
    built.tenant_id,
    built.conversation_id,
    built.customer_key,
    built.date,
    built.channel_type,
    built.department,
    built.agent_id,
    built.resolutions,
    built.reopens,
    built.ratings,
    built.ratings_sum,
    built.handoffs,
    built.customer_messages,
    built.ai_messages,
    built.agent_messages,
    built.system_messages,
    built.unknown_messages,
    built.sla_first_response_breaches,
    built.sla_resolution_breaches
from {{ ref('conversation_days') }} as built
union all
select
    published.daily_metrics_id,
    published.tenant_id,
    published.conversation_id,
    published.customer_key,
    published.date,
    published.channel_type,
    published.department,
    published.agent_id,
    published.resolutions,
    published.reopens,
    published.ratings,
    published.ratings_sum,
    published.handoffs,
    published.customer_messages,
    published.ai_messages,
    published.agent_messages,
    published.system_messages,
    published.unknown_messages,
    published.sla_first_response_breaches,
    published.sla_resolution_breaches
from {{ ref('int_touched_days') }} as days
inner join {{ ref('stg_published_conversation_days') }} as published
    on days.daily_metrics_id = published.daily_metrics_id
left join {{ ref('stg_working_set') }} as touched
    on published.tenant_id = touched.tenant_id
    and published.conversation_id = touched.conversation_id
where touched.conversation_id is null
