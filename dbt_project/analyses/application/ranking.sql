-- Ranking by channel and by department, which metadata tells: the last seven whole days, with the change against the
-- seven before.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

counted as (
    select
        dimensions.dimension,
        dimensions.name,
        coalesce(sum(daily.total_conversations) filter (
            where daily.date >= (select today.day - 7 from today)
        ), 0) as present,
        coalesce(sum(daily.total_conversations) filter (
            where daily.date < (select today.day - 7 from today)
        ), 0) as past
    from marts.daily_metrics as daily
    cross join lateral (
        values ('channel_type', daily.channel_type), ('department', daily.department)
    ) as dimensions (dimension, name)
    where
        daily.date >= (select today.day - 14 from today)
        and daily.date < (select today.day from today)
    group by dimensions.dimension, dimensions.name
)

select
    rank() over (partition by counted.dimension order by counted.present desc) as rank,
    counted.name,
    counted.present as value,
    counted.present - counted.past as change,
    jsonb_build_object('dimension', counted.dimension) as metadata
from counted
order by counted.dimension, rank, counted.name;
