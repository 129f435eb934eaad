-- Ranking by channel, with the change against the seven days before.
-- Shape: rank, name, value, change
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

counted as (
    select
        daily.channel_type,
        sum(daily.total_conversations) filter (
            where daily.date > (select today.day - 7 from today)
        ) as present,
        sum(daily.total_conversations) filter (
            where daily.date <= (select today.day - 7 from today)
        ) as past
    from marts.daily_metrics as daily
    where
        daily.date > (select today.day - 14 from today)
        and daily.date <= (select today.day from today)
    group by daily.channel_type
)

select
    rank() over (order by counted.present desc nulls last) as rank,
    counted.channel_type as name,
    coalesce(counted.present, 0) as value,
    coalesce(counted.present, 0) - coalesce(counted.past, 0) as change
from counted
order by rank, name;
