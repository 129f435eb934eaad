-- What happened in which hour of the local day: beginnings, messages, resolutions.
with happenings as (
    select
        conversations.tenant_id,
        conversations.conversation_id,
        'start' as happening,
        {{ local_time('conversations.started_at', 'tenants.timezone') }} as happened_local
    from {{ ref('stg_conversations') }} as conversations
    inner join {{ ref('stg_tenants') }} as tenants on conversations.tenant_id = tenants.tenant_id
    union all
    select
        messages.tenant_id,
        messages.conversation_id,
        messages.sender as happening,
        messages.sent_local as happened_local
    from {{ ref('int_public_messages') }} as messages
    where messages.sender in ('customer', 'ai', 'agent')
    union all
    select
        changes.tenant_id,
        changes.conversation_id,
        'resolution' as happening,
        {{ local_time('changes.entered_at', 'tenants.timezone') }} as happened_local
    from {{ ref('int_status_changes') }} as changes
    inner join {{ ref('stg_tenants') }} as tenants on changes.tenant_id = tenants.tenant_id
    where changes.is_resolution
),

hours as (
    select
        happenings.tenant_id,
        happenings.conversation_id,
        date_trunc('hour', happenings.happened_local) as local_hour,
        count(*) filter (where happenings.happening = 'start') as conversations,
        count(*) filter (where happenings.happening = 'customer') as customer_messages,
        count(*) filter (where happenings.happening = 'ai') as ai_messages,
        count(*) filter (where happenings.happening = 'agent') as agent_messages,
        count(*) filter (where happenings.happening = 'resolution') as resolutions
    from happenings
    where isfinite(happenings.happened_local)
    group by
        happenings.tenant_id, happenings.conversation_id,
        date_trunc('hour', happenings.happened_local)
)

select
    hours.tenant_id,
    hours.conversation_id,
    cast(hours.local_hour as date) as happened_on,
    cast(extract(hour from hours.local_hour) as integer) as hour_of_day,
    conversations.channel_type,
    hours.conversations,
    hours.customer_messages,
    hours.ai_messages,
    hours.agent_messages,
    hours.resolutions
from hours
inner join {{ ref('stg_conversations') }} as conversations
    on hours.tenant_id = conversations.tenant_id
    and hours.conversation_id = conversations.conversation_id
