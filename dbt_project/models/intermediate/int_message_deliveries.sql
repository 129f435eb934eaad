-- How far the messages came that left each conversation by a channel on a local day. What was read
-- has been delivered.
select
    deliveries.tenant_id,
    deliveries.conversation_id,
    deliveries.channel_type,
    {{ local_day('deliveries.sent_at', 'tenants.timezone') }} as sent_on,
    count(*) as sent_messages,
    count(*) filter (where deliveries.delivery_status in ('delivered', 'read'))
        as delivered_messages,
    count(*) filter (where deliveries.delivery_status = 'read') as read_messages,
    count(*) filter (where deliveries.delivery_status = 'failed') as failed_messages
from {{ ref('stg_message_deliveries') }} as deliveries
inner join {{ ref('stg_tenants') }} as tenants on deliveries.tenant_id = tenants.tenant_id
group by
    deliveries.tenant_id, deliveries.conversation_id, deliveries.channel_type,
    {{ local_day('deliveries.sent_at', 'tenants.timezone') }}
