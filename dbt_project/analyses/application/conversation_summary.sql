-- ConversationSummary: recent conversations of /dashboard and of the performance report; names are the application's.
-- Shape: id, createdAt, channel, status, priority, duration, satisfaction, agent, messages
select
    analytics.conversation_id as id,
    analytics.started_at as "createdAt",
    analytics.channel_type as channel,
    analytics.status,
    analytics.priority,
    analytics.total_duration_seconds as duration,
    analytics.customer_satisfaction as satisfaction,
    analytics.agent_id as agent,
    analytics.total_messages as messages
from marts.conversation_analytics as analytics
order by analytics.started_at desc, id
limit 10;
