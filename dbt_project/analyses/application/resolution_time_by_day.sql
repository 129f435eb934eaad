-- Tab Conversations: resolution time by day, of seven.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    daily.date as day,
    round(sum(daily.resolution_seconds_total) / nullif(sum(daily.resolution_count), 0), 3)
        as "resolutionTime",
    sum(daily.resolution_count) as "sampleSize"
from marts.daily_metrics as daily
where
    daily.date > (select today.day - 7 from today)
    and daily.date <= (select today.day from today)
group by daily.date
order by daily.date;
