-- Result.trends: conversations of 30 days, each with the day before; changePercent is in percent.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

counted as (
    select
        daily.date,
        sum(daily.total_conversations) as conversations
    from marts.daily_metrics as daily
    where
        daily.date >= (select today.day - 30 from today)
        and daily.date <= (select today.day from today)
    group by daily.date
),

days as (
    select
        today.day - later.days as date,
        coalesce(counted.conversations, 0) as value
    from today
    cross join generate_series(0, 30) as later (days)
    left join counted on today.day - later.days = counted.date
),

compared as (
    select
        days.date,
        days.value,
        lag(days.value) over (order by days.date) as past
    from days
)

select
    compared.date as "timestamp",
    compared.value,
    compared.value - compared.past as change,
    round(100.0 * (compared.value - compared.past) / nullif(compared.past, 0), 1)
        as "changePercent"
from compared
where compared.past is not null
order by compared.date;
