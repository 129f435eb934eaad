-- Operational dashboard, channel table: 30 days; resolution: share resolved; trend: conversations more than in the 30
-- days before.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

channels as (
    select
        daily.channel_type,
        daily.date > (select today.day - 30 from today) as is_present,
        sum(daily.total_conversations) as conversations,
        sum(daily.first_response_seconds_total) / nullif(sum(daily.first_response_count), 0)
            as response,
        sum(daily.ratings_sum) / nullif(sum(daily.total_ratings), 0) as satisfaction,
        sum(daily.resolution_count) / nullif(sum(daily.total_conversations), 0) as resolution
    from marts.channel_daily as daily
    where
        daily.date > (select today.day - 60 from today)
        and daily.date <= (select today.day from today)
    group by daily.channel_type, is_present
)

select
    channels.channel_type as channel,
    coalesce(sum(channels.conversations) filter (where channels.is_present), 0) as count,
    round(
        sum(channels.conversations) filter (where channels.is_present)
        / sum(sum(channels.conversations) filter (where channels.is_present)) over (), 4
    ) as percentage,
    round(max(channels.response) filter (where channels.is_present), 3) as response,
    round(max(channels.satisfaction) filter (where channels.is_present), 3) as satisfaction,
    round(max(channels.resolution) filter (where channels.is_present), 4) as resolution,
    coalesce(sum(channels.conversations) filter (where channels.is_present), 0)
    - coalesce(sum(channels.conversations) filter (where not channels.is_present), 0) as trend
from channels
group by channels.channel_type
order by count desc, channel;
