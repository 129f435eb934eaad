-- Comparison: the last seven days with the seven before.
-- Shape: metric, base, comparison, difference
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

weeks as (
    select
        daily.date > (select today.day - 7 from today) as is_present,
        sum(daily.total_conversations) as total_conversations,
        round(sum(daily.ratings_sum) / nullif(sum(daily.total_ratings), 0), 3)
            as avg_satisfaction_score
    from marts.daily_metrics as daily
    where
        daily.date > (select today.day - 14 from today)
        and daily.date <= (select today.day from today)
    group by daily.date > (select today.day - 7 from today)
),

measured as (
    select
        measures.metric,
        max(measures.value) filter (where weeks.is_present) as base,
        max(measures.value) filter (where not weeks.is_present) as comparison
    from weeks
    cross join lateral (
        values
        ('total_conversations', weeks.total_conversations),
        ('avg_satisfaction_score', weeks.avg_satisfaction_score)
    ) as measures (metric, value)
    group by measures.metric
)

select
    measured.metric,
    measured.base,
    measured.comparison,
    measured.base - measured.comparison as difference
from measured
order by measured.metric;
