-- /training: the last 30 days, and the change against the 30 before.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

periods as (
    select
        daily.date > (select today.day - 30 from today) as is_present,
        sum(daily.ai_answers_helpful) / nullif(sum(daily.ai_answers_marked), 0) as accuracy,
        sum(daily.ai_answers_marked) as marked,
        sum(daily.ratings_sum) / nullif(sum(daily.total_ratings), 0) as satisfaction,
        sum(daily.total_ratings) as ratings,
        sum(daily.first_response_seconds_total) / nullif(sum(daily.first_response_count), 0)
            as response,
        sum(daily.first_response_count) as answered,
        sum(daily.ai_resolved_conversations) / nullif(sum(daily.resolution_count), 0) as success,
        sum(daily.resolution_count) as resolved
    from marts.daily_metrics as daily
    where
        daily.date > (select today.day - 60 from today)
        and daily.date <= (select today.day from today)
    group by is_present
)

select
    measures.metric,
    round(max(measures.value) filter (where periods.is_present), 4) as value,
    round(
        max(measures.value) filter (where periods.is_present)
        - max(measures.value) filter (where not periods.is_present), 4
    ) as change,
    max(measures.sample) filter (where periods.is_present) as "sampleSize"
from periods
cross join lateral (
    values
    ('accuracy', periods.accuracy, periods.marked),
    ('satisfaction', periods.satisfaction, periods.ratings),
    ('responseTime', periods.response, periods.answered),
    ('successRate', periods.success, periods.resolved)
) as measures (metric, value, sample)
group by measures.metric
order by measures.metric;
