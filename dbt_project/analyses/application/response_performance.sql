-- Performance metrics: response average, p50, p95, the share answered as promised, and the promise, of 30 days.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

measured as (
    select
        marts.percentile_seconds(
            0.5, array_agg(histogram.bucket), array_agg(histogram.conversations)
        ) as p50,
        marts.percentile_seconds(
            0.95, array_agg(histogram.bucket), array_agg(histogram.conversations)
        ) as p95,
        round(sum(histogram.seconds_total) / nullif(sum(histogram.conversations), 0), 3) as average,
        coalesce(sum(histogram.conversations), 0) as answered
    from marts.duration_histogram as histogram
    where
        histogram.measure = 'first_response'
        and histogram.date > (select today.day - 30 from today)
        and histogram.date <= (select today.day from today)
),

kept as (
    select
        round(
            sum(promises.met_conversations)
            / nullif(sum(promises.met_conversations + promises.breached_conversations), 0), 4
        ) as met
    from marts.sla_daily as promises
    where
        promises.sla_type = 'first_response'
        and promises.date > (select today.day - 30 from today)
        and promises.date <= (select today.day from today)
),

promised as (
    select max(analytics.sla_first_response_target_seconds) as target
    from marts.conversation_analytics as analytics
    where
        analytics.started_on > (select today.day - 30 from today)
        and analytics.started_on <= (select today.day from today)
)

select
    measured.average,
    measured.p50,
    measured.p95,
    kept.met as "slaMet",
    promised.target,
    measured.answered as "sampleSize"
from measured
cross join kept
cross join promised;
