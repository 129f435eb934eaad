-- CustomerJourney.satisfactionJourney, and satisfaction by day of tab Conversations.
-- Shape: timestamp, score, channel, sampleSize
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    channels.date as "timestamp",
    round(channels.ratings_sum / nullif(channels.total_ratings, 0), 3) as score,
    channels.channel_type as channel,
    channels.total_ratings as "sampleSize"
from marts.channel_daily as channels
where
    channels.date > (select today.day - 30 from today)
    and channels.date <= (select today.day from today)
    and channels.total_ratings > 0
order by channels.date, channels.channel_type;
