-- What happened in which hour of the local day: beginnings, messages, resolutions.
with tenants as (
    select
        stg_tenants.tenant_id,
        stg_tenants.timezone
    from {{ ref('stg_tenants') }} as stg_tenants
),

happenings as (
    select
        conversations.tenant_id,
        conversations.conversation_id,
        'start' as happening,
        conversations.started_at as happened_at
    from {{ ref('stg_conversations') }} as conversations
    union all
    select
        messages.tenant_id,
        messages.conversation_id,
        messages.sender as happening,
        messages.sent_at as happened_at
    from {{ ref('int_public_messages') }} as messages
    where messages.sender in ('customer', 'ai', 'agent')
    union all
    select
        changes.tenant_id,
        changes.conversation_id,
        'resolution' as happening,
        changes.entered_at as happened_at
    from {{ ref('int_status_changes') }} as changes
    where changes.is_resolution
),

timed as (
    select
        happenings.tenant_id,
        happenings.conversation_id,
        happenings.happening,
        {{ local_day('happenings.happened_at', 'tenants.timezone') }} as happened_on,
        {{ local_hour('happenings.happened_at', 'tenants.timezone') }} as hour_of_day
    from happenings
    inner join tenants on happenings.tenant_id = tenants.tenant_id
    where isfinite(happenings.happened_at)
)

select
    timed.tenant_id,
    timed.conversation_id,
    timed.happened_on,
    timed.hour_of_day,
    conversations.channel_type,
    count(*) filter (where timed.happening = 'start') as conversations,
    count(*) filter (where timed.happening = 'customer') as customer_messages,
    count(*) filter (where timed.happening = 'ai') as ai_messages,
    count(*) filter (where timed.happening = 'agent') as agent_messages,
    count(*) filter (where timed.happening = 'resolution') as resolutions
from timed
inner join {{ ref('stg_conversations') }} as conversations
    on timed.tenant_id = conversations.tenant_id
    and timed.conversation_id = conversations.conversation_id
group by
    timed.tenant_id, timed.conversation_id, timed.happened_on, timed.hour_of_day,
    conversations.channel_type
