-- WhatsApp analytics, and the same of each channel, of 30 days: messages that left by it, the shares of them delivered
-- and read by now, and the seconds to the first response in its conversations.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

left_by as (
    select
        deliveries.channel_type,
        sum(deliveries.happened_sent_messages) as sent,
        sum(deliveries.happened_delivered_messages) as delivered,
        sum(deliveries.happened_read_messages) as read
    from marts.delivery_daily as deliveries
    where
        deliveries.date > (select today.day - 30 from today)
        and deliveries.date <= (select today.day from today)
    group by deliveries.channel_type
),

answered as (
    select
        channels.channel_type,
        sum(channels.first_response_seconds_total) / nullif(sum(channels.first_response_count), 0)
            as response
    from marts.channel_daily as channels
    where
        channels.date > (select today.day - 30 from today)
        and channels.date <= (select today.day from today)
    group by channels.channel_type
)

select
    left_by.channel_type as channel,
    left_by.sent as "totalMessages",
    round(left_by.delivered / left_by.sent, 4) as "deliveryRate",
    round(left_by.read / left_by.sent, 4) as "readRate",
    round(answered.response, 3) as "avgResponseTime"
from left_by
left join answered on left_by.channel_type = answered.channel_type
order by left_by.sent desc, channel;
