-- Tab Overview, its KPIs of seven days: successRate is resolved of all.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    coalesce(sum(daily.total_conversations), 0) as conversations,
    round(sum(daily.resolution_count) / nullif(sum(daily.total_conversations), 0), 4)
        as "successRate",
    round(
        sum(daily.first_response_seconds_total) / nullif(sum(daily.first_response_count), 0), 3
    ) as "avgResponseTime",
    cast(null as bigint) as "activeVisitors"
from marts.daily_metrics as daily
where
    daily.date > (select today.day - 7 from today)
    and daily.date <= (select today.day from today);
