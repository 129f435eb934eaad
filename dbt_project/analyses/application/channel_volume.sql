-- Bar Channel Activity of the default dashboard.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    channels.channel_type as channel,
    sum(channels.total_conversations) as volume
from marts.channel_daily as channels
where
    channels.date > (select today.day - 7 from today)
    and channels.date <= (select today.day from today)
group by channels.channel_type
order by volume desc, channel;
