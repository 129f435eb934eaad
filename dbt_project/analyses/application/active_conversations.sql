-- List of active conversations of /analytics/real-time, and active-conversations of the v2 dashboard: what is open,
-- whenever it began, the oldest first; its duration runs up to the data.
select
    analytics.conversation_id as id,
    cast(null as text) as "customerName",
    analytics.channel_type as channel,
    analytics.status,
    round(extract(epoch from publication.data_as_of - analytics.started_at), 3) as duration,
    analytics.customer_satisfaction as satisfaction,
    cast(null as text) as "agentName"
from marts.conversation_analytics as analytics
cross join marts.publication as publication
where analytics.status not in ('resolved', 'closed')
order by analytics.started_at, id
limit 100;
