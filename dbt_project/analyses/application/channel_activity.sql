-- LiveMetrics.channelActivity, a row for each channel: what is open, whenever it began, and what became of the
-- conversations of the last 24 hours.
select
    analytics.channel_type as channel,
    count(*) filter (where analytics.status not in ('resolved', 'closed')) as "activeConversations",
    round(avg(analytics.first_response_seconds) filter (where recent.is_it), 3)
        as "avgResponseTime",
    round(avg(analytics.customer_satisfaction) filter (where recent.is_it), 3)
        as "satisfactionScore",
    count(*) filter (where recent.is_it) as volume
from marts.conversation_analytics as analytics
cross join marts.publication as publication
cross join lateral (
    select analytics.started_at > publication.data_as_of - interval '24 hours' as is_it
) as recent
where recent.is_it or analytics.status not in ('resolved', 'closed')
group by analytics.channel_type
order by volume desc, channel;
