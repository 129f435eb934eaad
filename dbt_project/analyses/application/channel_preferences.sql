-- CustomerJourney.channelPreferences.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    channels.channel_type as channel,
    sum(channels.total_conversations) as "usageCount",
    round(sum(channels.ratings_sum) / nullif(sum(channels.total_ratings), 0), 3)
        as "satisfactionScore",
    round(
        sum(channels.first_response_seconds_total) / nullif(sum(channels.first_response_count), 0), 3
    ) as "responseTime"
from marts.channel_daily as channels
where
    channels.date > (select today.day - 90 from today)
    and channels.date <= (select today.day from today)
group by channels.channel_type
order by "usageCount" desc, channel;
