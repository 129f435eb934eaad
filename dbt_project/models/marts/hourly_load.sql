-- Grain: one row per tenant, local day, hour of it, and channel.
select
    happenings.tenant_id,
    happenings.happened_on as date,
    happenings.hour_of_day,
    conversations.channel_type,
    cast(extract(isodow from happenings.happened_on) as integer) as iso_weekday,
    cast(sum(happenings.conversations) as bigint) as happened_conversations,
    cast(sum(happenings.customer_messages) as bigint) as happened_customer_messages,
    cast(sum(happenings.ai_messages) as bigint) as happened_ai_messages,
    cast(sum(happenings.agent_messages) as bigint) as happened_agent_messages,
    cast(sum(happenings.resolutions) as bigint) as happened_resolutions
from {{ ref('conversation_analytics') }} as conversations
inner join {{ ref('int_hourly_happenings') }} as happenings
    on conversations.tenant_id = happenings.tenant_id
    and conversations.conversation_id = happenings.conversation_id
group by
    happenings.tenant_id, happenings.happened_on, happenings.hour_of_day,
    conversations.channel_type
