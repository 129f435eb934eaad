-- PerformanceMonitor of the inbox, by channel: public messages of seven days and their share, and those that failed to
-- leave by it.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

said as (
    select
        channels.channel_type,
        sum(channels.happened_messages) as messages
    from marts.channel_daily as channels
    where
        channels.date > (select today.day - 7 from today)
        and channels.date <= (select today.day from today)
    group by channels.channel_type
),

failed as (
    select
        deliveries.channel_type,
        sum(deliveries.happened_failed_messages) as messages
    from marts.delivery_daily as deliveries
    where
        deliveries.date > (select today.day - 7 from today)
        and deliveries.date <= (select today.day from today)
    group by deliveries.channel_type
)

select
    channel_type as channel,
    coalesce(said.messages, 0) as messages,
    round(coalesce(said.messages, 0) / nullif(sum(said.messages) over (), 0), 4) as percentage,
    failed.messages as errors,
    cast(null as timestamptz) as "lastActivity"
from said
full join failed using (channel_type)
order by messages desc, channel;
