-- LiveMetrics.channelActivity, and the bar Channel Activity of the default dashboard: seven days, and what is open,
-- whenever it began.
-- Shape: channel, activeConversations, avgResponseTime, satisfactionScore, volume
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

week as (
    select
        analytics.channel_type,
        avg(analytics.first_response_seconds) as response,
        avg(analytics.customer_satisfaction) as satisfaction,
        count(*) as started
    from marts.conversation_analytics as analytics
    where
        analytics.started_on > (select today.day - 7 from today)
        and analytics.started_on <= (select today.day from today)
    group by analytics.channel_type
),

present as (
    select
        analytics.channel_type,
        count(*) as open
    from marts.conversation_analytics as analytics
    where analytics.status not in ('resolved', 'closed')
    group by analytics.channel_type
)

select
    channel_type as channel,
    coalesce(present.open, 0) as "activeConversations",
    round(week.response, 3) as "avgResponseTime",
    round(week.satisfaction, 3) as "satisfactionScore",
    coalesce(week.started, 0) as volume
from week
full join present using (channel_type)
order by volume desc, channel;
