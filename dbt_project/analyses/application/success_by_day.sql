-- PerformanceMetrics of /dashboard, its line, and volume by day of tab Conversations: started, and of these resolved.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    daily.date,
    sum(daily.total_conversations) as conversations,
    sum(daily.resolution_count) as success
from marts.daily_metrics as daily
where
    daily.date > (select today.day - 7 from today)
    and daily.date <= (select today.day from today)
group by daily.date
order by daily.date;
