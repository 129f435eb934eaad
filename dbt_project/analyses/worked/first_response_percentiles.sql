-- The median and the slow end of first answers by channel, over a year: from buckets, within 2 %.
-- Shape: channel, answered, median_seconds, p90_seconds, p95_seconds
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

buckets as (
    select
        histogram.channel_type,
        histogram.bucket,
        cast(sum(histogram.conversations) as bigint) as conversations
    from marts.duration_histogram as histogram
    where
        histogram.measure = 'first_response'
        and histogram.date > (select today.day - 365 from today)
        and histogram.date <= (select today.day from today)
    group by histogram.channel_type, histogram.bucket
),

listed as (
    select
        buckets.channel_type,
        sum(buckets.conversations) as answered,
        array_agg(buckets.bucket) as numbers,
        array_agg(buckets.conversations) as counts
    from buckets
    group by buckets.channel_type
)

select
    listed.channel_type as channel,
    listed.answered,
    marts.percentile_seconds(0.5, listed.numbers, listed.counts) as median_seconds,
    marts.percentile_seconds(0.9, listed.numbers, listed.counts) as p90_seconds,
    marts.percentile_seconds(0.95, listed.numbers, listed.counts) as p95_seconds
from listed
order by listed.channel_type;
