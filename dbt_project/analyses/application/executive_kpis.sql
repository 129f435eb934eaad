-- Executive KPIs: the last 30 days against the application's own targets, and against the 30 days before; good from 95
-- % of a target, warning from 80 %. Of a response time the target is the part. changePercent is in percent.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

periods as (
    select
        daily.date > (select today.day - 30 from today) as is_present,
        sum(daily.ratings_sum) / nullif(sum(daily.total_ratings), 0) as satisfaction,
        sum(daily.total_ratings) as ratings,
        sum(daily.first_response_seconds_total) / nullif(sum(daily.first_response_count), 0)
            as response,
        sum(daily.first_response_count) as answered,
        sum(daily.resolution_count) / nullif(sum(daily.total_conversations), 0) as resolved,
        sum(daily.total_conversations) as started,
        sum(daily.ai_resolved_conversations) / nullif(sum(daily.resolution_count), 0) as by_ai,
        sum(daily.resolution_count) as ended,
        sum(daily.ai_answers_helpful) / nullif(sum(daily.ai_answers_marked), 0) as accuracy,
        sum(daily.ai_answers_marked) as marked
    from marts.daily_metrics as daily
    where
        daily.date > (select today.day - 60 from today)
        and daily.date <= (select today.day from today)
    group by is_present
),

measured as (
    select
        measures.metric,
        measures.target,
        max(measures.value) filter (where periods.is_present) as value,
        max(measures.value) filter (where not periods.is_present) as past,
        max(measures.sample) filter (where periods.is_present) as sample
    from periods
    cross join lateral (
        values
        ('customer_satisfaction', 4.5, periods.satisfaction, periods.ratings),
        ('response_time', 120, periods.response, periods.answered),
        ('resolution_rate', 0.9, periods.resolved, periods.started),
        ('ai_efficiency', 0.85, periods.by_ai, periods.ended),
        ('ai_accuracy', 0.9, periods.accuracy, periods.marked)
    ) as measures (metric, target, value, sample)
    group by measures.metric, measures.target
),

compared as (
    select
        measured.*,
        case
            when measured.metric = 'response_time'
                then measured.target / nullif(measured.value, 0)
            else measured.value / measured.target
        end as share
    from measured
)

select
    compared.metric,
    round(compared.value, 4) as value,
    compared.target,
    round(compared.value - compared.past, 4) as change,
    round(100 * compared.value / nullif(compared.past, 0) - 100, 1) as "changePercent",
    case
        when compared.share >= 0.95 then 'good'
        when compared.share >= 0.8 then 'warning'
        when compared.share is not null then 'critical'
    end as status,
    compared.sample as "sampleSize"
from compared
order by compared.metric;
