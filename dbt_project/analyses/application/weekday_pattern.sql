-- /analytics/predictive: average by weekday, Sunday first, of twelve whole weeks, or of those since the first day.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

known as (
    select greatest(min(load.date), (select today.day - 84 from today)) as since
    from marts.hourly_load as load
    having count(*) > 0
),

counted as (
    select
        load.date,
        sum(load.happened_conversations) as conversations
    from marts.hourly_load as load
    where
        load.date >= (select today.day - 84 from today)
        and load.date < (select today.day from today)
    group by load.date
),

days as (
    select
        known.since + later.days as date,
        cast(extract(isodow from known.since + later.days) as integer) as iso_weekday
    from known
    cross join today
    cross join lateral generate_series(0, today.day - 1 - known.since) as later (days)
)

select
    days.iso_weekday as weekday,
    round(avg(coalesce(counted.conversations, 0)), 3) as average,
    count(*) as "sampleSize"
from days
left join counted on days.date = counted.date
group by days.iso_weekday
order by days.iso_weekday % 7;
