-- LiveMetrics.channelActivity, and the bar Channel Activity of the default dashboard.
-- Shape: channel, activeConversations, avgResponseTime, satisfactionScore, volume
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    analytics.channel_type as channel,
    count(*) filter (where analytics.status not in ('resolved', 'closed')) as "activeConversations",
    round(avg(analytics.first_response_seconds), 3) as "avgResponseTime",
    round(avg(analytics.customer_satisfaction), 3) as "satisfactionScore",
    count(*) as volume
from marts.conversation_analytics as analytics
where
    analytics.started_on > (select today.day - 7 from today)
    and analytics.started_on <= (select today.day from today)
group by analytics.channel_type
order by volume desc, channel;
