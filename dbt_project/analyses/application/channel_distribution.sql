-- Channel distribution of the v2 dashboard and of /analytics/real-time, and conversationsByChannel: seven days.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    channels.channel_type as channel,
    sum(channels.total_conversations) as count,
    round(
        sum(channels.total_conversations)
        / nullif(sum(sum(channels.total_conversations)) over (), 0), 4
    ) as percentage
from marts.channel_daily as channels
where
    channels.date > (select today.day - 7 from today)
    and channels.date <= (select today.day from today)
group by channels.channel_type
order by count desc, channel;
