-- LiveMetrics of /analytics/real-time, as of the data; the page itself reads realtime_metrics.
-- Shape: activeConversations, avgResponseTime, satisfactionScore, aiResolutionRate, sampleSize, lastUpdated
select
    count(*) filter (where analytics.status not in ('resolved', 'closed')) as "activeConversations",
    round(avg(analytics.first_response_seconds), 3) as "avgResponseTime",
    round(avg(analytics.customer_satisfaction), 3) as "satisfactionScore",
    round(
        1.0 * count(*) filter (where analytics.resolved_by = 'ai')
        / nullif(count(analytics.resolved_by), 0), 4
    ) as "aiResolutionRate",
    count(*) as "sampleSize",
    max(publication.data_as_of) as "lastUpdated"
from marts.conversation_analytics as analytics
cross join marts.publication as publication
where analytics.started_at > publication.data_as_of - interval '24 hours';
