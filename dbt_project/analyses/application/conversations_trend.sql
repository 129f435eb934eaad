-- Line Conversations Trend of the default dashboard; PerformanceMetrics of /dashboard: started and resolved by day.
-- Shape: timestamp, conversations, success, successRate
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    daily.date as "timestamp",
    sum(daily.total_conversations) as conversations,
    sum(daily.resolution_count) as success,
    round(sum(daily.resolution_count) / nullif(sum(daily.total_conversations), 0), 4)
        as "successRate"
from marts.daily_metrics as daily
where
    daily.date > (select today.day - 7 from today)
    and daily.date <= (select today.day from today)
group by daily.date
order by daily.date;
