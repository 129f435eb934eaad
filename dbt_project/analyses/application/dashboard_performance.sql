-- PerformanceMetrics of /dashboard, of each range that it offers. The last 24 hours are those of the clock, the others
-- days with the present one.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

ranges as (
    select
        '24h' as name,
        1 as place,
        count(*) as started,
        count(analytics.resolved_at) as resolved,
        sum(analytics.first_response_seconds) as answered_after,
        count(analytics.first_response_seconds) as answered,
        sum(analytics.customer_satisfaction) as scores,
        count(analytics.customer_satisfaction) as ratings
    from marts.conversation_analytics as analytics
    cross join marts.publication as publication
    where
        analytics.started_on >= (select today.day - 1 from today)
        and analytics.started_at > publication.data_as_of - interval '24 hours'
    union all
    select
        lengths.days || 'd',
        lengths.days,
        sum(daily.total_conversations),
        sum(daily.resolution_count),
        sum(daily.first_response_seconds_total),
        sum(daily.first_response_count),
        sum(daily.ratings_sum),
        sum(daily.total_ratings)
    from marts.channel_daily as daily
    cross join (values (7), (30), (90)) as lengths (days)
    where
        daily.date > (select today.day - 90 from today)
        and daily.date <= (select today.day from today)
        and daily.date > (select today.day from today) - lengths.days
    group by lengths.days
)

select
    ranges.name as range,
    ranges.started as conversations,
    round(ranges.answered_after / nullif(ranges.answered, 0), 3) as "responseTime",
    round(1.0 * ranges.resolved / nullif(ranges.started, 0), 4) as "successRate",
    round(ranges.scores / nullif(ranges.ratings, 0), 3) as satisfaction
from ranges
order by ranges.place;
