-- How often do customers wait, how many waits end, and how long are those, by channel, over a year?
-- Shape: channel, waits, answered, mean_seconds, longest_seconds
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    analytics.channel_type as channel,
    sum(analytics.waits) as waits,
    sum(analytics.answered_waits) as answered,
    round(sum(analytics.wait_seconds_total) / nullif(sum(analytics.answered_waits), 0), 3)
        as mean_seconds,
    max(analytics.longest_wait_seconds) as longest_seconds
from marts.conversation_analytics as analytics
where
    analytics.started_on > (select today.day - 365 from today)
    and analytics.started_on <= (select today.day from today)
group by analytics.channel_type
order by analytics.channel_type;
