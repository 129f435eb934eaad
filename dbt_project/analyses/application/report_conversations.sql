-- Table of the performance report: ID, Created At, Channel, Status, Customer, Agent, Satisfaction; people by key.
select
    analytics.conversation_id as id,
    analytics.started_at as "createdAt",
    analytics.channel_type as channel,
    analytics.status,
    analytics.customer_key as customer,
    analytics.agent_id as agent,
    analytics.customer_satisfaction as satisfaction
from marts.conversation_analytics as analytics
order by analytics.started_at desc, id
limit 10;
