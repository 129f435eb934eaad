-- LiveMetrics of /analytics/real-time, as of the data: what is open, whenever it began, and what became of the
-- conversations of the last 24 hours; the page itself reads realtime_metrics.
-- Shape: activeConversations, avgResponseTime, satisfactionScore, aiResolutionRate, sampleSize, lastUpdated
with present as (
    select count(*) as open
    from marts.conversation_analytics as analytics
    where analytics.status not in ('resolved', 'closed')
)

select
    max(present.open) as "activeConversations",
    round(avg(analytics.first_response_seconds), 3) as "avgResponseTime",
    round(avg(analytics.customer_satisfaction), 3) as "satisfactionScore",
    round(
        1.0 * count(*) filter (where analytics.resolved_by = 'ai')
        / nullif(count(analytics.resolved_by), 0), 4
    ) as "aiResolutionRate",
    count(analytics.conversation_id) as "sampleSize",
    max(publication.data_as_of) as "lastUpdated"
from marts.publication as publication
cross join present
left join marts.conversation_analytics as analytics
    on analytics.started_at > publication.data_as_of - interval '24 hours';
