-- CustomerJourney.touchpoints: the conversations of one customer, here the one who began the last; interaction: who
-- answered.
with latest as (
    select analytics.customer_key
    from marts.conversation_analytics as analytics
    where analytics.customer_key is not null
    order by analytics.started_on desc, analytics.started_at desc, analytics.conversation_id desc
    limit 1
)

select
    analytics.started_at as "timestamp",
    analytics.channel_type as channel,
    case
        when analytics.agent_messages > 0 and analytics.ai_messages > 0 then 'ai and agent'
        when analytics.agent_messages > 0 then 'agent'
        when analytics.ai_messages > 0 then 'ai'
        else 'nobody'
    end as interaction,
    coalesce(analytics.resolution_type, analytics.status) as outcome,
    analytics.customer_satisfaction as satisfaction
from marts.conversation_analytics as analytics
where analytics.customer_key = (select latest.customer_key from latest)
order by analytics.started_at, analytics.conversation_id;
