-- How often do customers wait, how many waits end, and how long are those, by channel, over a year?
-- Shape: channel, waits, answered, mean_seconds, longest_seconds
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    daily.channel_type as channel,
    sum(daily.waits) as waits,
    sum(daily.answered_waits) as answered,
    round(sum(daily.wait_seconds_total) / nullif(sum(daily.answered_waits), 0), 3)
        as mean_seconds,
    max(daily.longest_wait_seconds) as longest_seconds
from marts.channel_daily as daily
where
    daily.date > (select today.day - 365 from today)
    and daily.date <= (select today.day from today)
group by daily.channel_type
order by daily.channel_type;
