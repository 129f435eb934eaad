-- The median and the slow end of first answers by channel, over 90 days: from buckets, within 2 %.
-- Shape: channel, answered, median_seconds, p90_seconds, p95_seconds
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    histogram.channel_type as channel,
    sum(histogram.conversations) as answered,
    marts.percentile_seconds(
        0.5, array_agg(histogram.bucket), array_agg(histogram.conversations)
    ) as median_seconds,
    marts.percentile_seconds(
        0.9, array_agg(histogram.bucket), array_agg(histogram.conversations)
    ) as p90_seconds,
    marts.percentile_seconds(
        0.95, array_agg(histogram.bucket), array_agg(histogram.conversations)
    ) as p95_seconds
from marts.duration_histogram as histogram
where
    histogram.date > (select today.day - 90 from today)
    and histogram.date <= (select today.day from today)
    and histogram.measure = 'first_response'
group by histogram.channel_type
order by histogram.channel_type;
