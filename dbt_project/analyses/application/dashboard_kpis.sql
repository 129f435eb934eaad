-- KPIs of the default dashboard, and response-time and satisfaction-score of the v2 dashboard: the last seven days,
-- changePercent against the seven before; what is open now, against what was open a week ago.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

periods as (
    select
        daily.date > (select today.day - 7 from today) as is_present,
        sum(daily.ratings_sum) / nullif(sum(daily.total_ratings), 0) as satisfaction,
        sum(daily.total_ratings) as ratings,
        sum(daily.ai_resolved_conversations) / nullif(sum(daily.resolution_count), 0) as by_ai,
        sum(daily.resolution_count) as resolved,
        sum(daily.first_response_seconds_total) / nullif(sum(daily.first_response_count), 0)
            as response,
        sum(daily.first_response_count) as answered
    from marts.daily_metrics as daily
    where
        daily.date > (select today.day - 14 from today)
        and daily.date <= (select today.day from today)
    group by is_present
),

evenings as (
    select
        backlog.date = (select today.day from today) as is_present,
        sum(backlog.open_conversations) as open
    from marts.backlog_daily as backlog
    where backlog.date in ((select today.day from today), (select today.day - 7 from today))
    group by backlog.date
),

measured as (
    select
        periods.is_present,
        measures.metric,
        measures.value,
        measures.sample
    from periods
    cross join lateral (
        values
        ('satisfactionScore', periods.satisfaction, periods.ratings),
        ('aiResolutionRate', periods.by_ai, periods.resolved),
        ('avgResponseTime', periods.response, periods.answered)
    ) as measures (metric, value, sample)
    union all
    select
        evenings.is_present,
        'activeConversations' as metric,
        evenings.open,
        evenings.open
    from evenings
)

select
    measured.metric,
    round(max(measured.value) filter (where measured.is_present), 4) as value,
    round(
        100 * max(measured.value) filter (where measured.is_present)
        / nullif(max(measured.value) filter (where not measured.is_present), 0) - 100, 1
    ) as "changePercent",
    max(measured.sample) filter (where measured.is_present) as "sampleSize"
from measured
group by measured.metric
order by measured.metric;
