-- Grain: one row per tenant, local day and channel by which a message left.
select
    days.tenant_id,
    days.sent_on as date,
    days.channel_type,
    cast(sum(days.sent_messages) as bigint) as happened_sent_messages,
    cast(sum(days.delivered_messages) as bigint) as happened_delivered_messages,
    cast(sum(days.read_messages) as bigint) as happened_read_messages,
    cast(sum(days.failed_messages) as bigint) as happened_failed_messages
from {{ ref('int_message_deliveries') }} as days
group by days.tenant_id, days.sent_on, days.channel_type
