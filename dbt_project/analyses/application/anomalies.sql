-- Anomaly: days more than two standard deviations from the mean of 30 whole days; more than three are high.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

known as (
    select greatest(min(daily.date), (select today.day - 30 from today)) as since
    from marts.daily_metrics as daily
    having count(*) > 0
),

counted as (
    select
        daily.date,
        sum(daily.total_conversations) as conversations,
        sum(daily.ai_resolved_conversations) as ai_resolved,
        sum(daily.first_response_seconds_total) / nullif(sum(daily.first_response_count), 0)
            as response,
        sum(daily.ratings_sum) / nullif(sum(daily.total_ratings), 0) as satisfaction
    from marts.daily_metrics as daily
    where
        daily.date >= (select today.day - 30 from today)
        and daily.date < (select today.day from today)
    group by daily.date
),

-- A day on which nothing began has no row, and is one of the most telling.
measured as (
    select
        known.since + later.days as date,
        measures.metric,
        measures.value
    from known
    cross join today
    cross join lateral generate_series(0, today.day - 1 - known.since) as later (days)
    left join counted on known.since + later.days = counted.date
    cross join lateral (
        values
        ('total_conversations', coalesce(counted.conversations, 0)),
        ('ai_resolved_conversations', coalesce(counted.ai_resolved, 0)),
        ('avg_first_response_time_seconds', counted.response),
        ('avg_satisfaction_score', counted.satisfaction)
    ) as measures (metric, value)
    where measures.value is not null
),

compared as (
    select
        measured.*,
        avg(measured.value) over of_metric as mean,
        count(*) over of_metric as points,
        (measured.value - avg(measured.value) over of_metric)
        / nullif(stddev_samp(measured.value) over of_metric, 0) as deviations
    from measured
    window of_metric as (partition by measured.metric)
)

select
    compared.metric,
    compared.date as "timestamp",
    round(compared.mean, 3) as "expectedValue",
    round(compared.value, 3) as "actualValue",
    case
        when abs(compared.deviations) > 3 then 'high'
        when abs(compared.deviations) > 2.5 then 'medium'
        else 'low'
    end as severity,
    concat(
        round(abs(compared.deviations), 1), ' standard deviations ',
        case when compared.deviations > 0 then 'above' else 'below' end,
        ' the mean of ', compared.points, ' days'
    ) as description
from compared
where compared.points >= 7 and abs(compared.deviations) > 2
order by compared.date, compared.metric;
