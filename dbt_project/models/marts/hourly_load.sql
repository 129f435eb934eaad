-- Grain: one row per tenant, local day, hour of it, and channel.
select
    hours.tenant_id,
    hours.happened_on as date,
    hours.hour_of_day,
    hours.channel_type,
    cast(extract(isodow from hours.happened_on) as integer) as iso_weekday,
    cast(sum(hours.conversations) as bigint) as happened_conversations,
    cast(sum(hours.customer_messages) as bigint) as happened_customer_messages,
    cast(sum(hours.ai_messages) as bigint) as happened_ai_messages,
    cast(sum(hours.agent_messages) as bigint) as happened_agent_messages,
    cast(sum(hours.resolutions) as bigint) as happened_resolutions
from {{ ref('int_hourly_happenings') }} as hours
group by hours.tenant_id, hours.happened_on, hours.hour_of_day, hours.channel_type
