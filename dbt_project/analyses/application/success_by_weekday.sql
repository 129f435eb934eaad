-- Tab Overview, its line: conversations of seven days by weekday, Monday first, and those of them resolved.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    cast(extract(isodow from daily.date) as integer) as weekday,
    sum(daily.total_conversations) as conversations,
    sum(daily.resolution_count) as success
from marts.daily_metrics as daily
where
    daily.date > (select today.day - 7 from today)
    and daily.date <= (select today.day from today)
group by weekday
order by weekday;
