-- ConversationSummary: the conversations that began last; names are the application's.
select
    analytics.conversation_id as id,
    cast(null as text) as "customerName",
    analytics.channel_type as channel,
    analytics.status,
    analytics.total_duration_seconds as duration,
    analytics.customer_satisfaction as satisfaction,
    cast(null as text) as "agentName"
from marts.conversation_analytics as analytics
order by analytics.started_at desc, id
limit 10;
