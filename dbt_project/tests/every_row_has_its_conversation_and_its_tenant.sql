-- What belongs to nothing is joined to nothing: it would be missing from both sides of every sum.
{{ config(meta={'dagster': {'ref': {'name': 'stg_conversations'}}}) }}
with conversations as (
    select
        stg_conversations.tenant_id,
        stg_conversations.conversation_id
    from {{ ref('stg_conversations') }} as stg_conversations
),

parts as (
    -- Of everything, each row once: all that is staged is landed.
    select
        stg_messages.tenant_id,
        stg_messages.conversation_id,
        stg_messages.message_id as part_id
    from {{ ref('stg_messages') }} as stg_messages
    where not exists (select 1 from {{ source('ops', 'touched_everything') }})
    union all
    select
        stg_events.tenant_id,
        stg_events.conversation_id,
        stg_events.event_id as part_id
    from {{ ref('stg_conversation_events') }} as stg_events
    where not exists (select 1 from {{ source('ops', 'touched_everything') }})
    union all
    -- What belongs to nothing is in nobody's working set, unless it was touched itself.
    select
        landed.tenant_id,
        landed.conversation_id,
        landed.id as part_id
    from {{ source('raw', 'messages') }} as landed
    where exists (select 1 from {{ source('ops', 'touched_everything') }})
    union all
    select
        landed.tenant_id,
        landed.conversation_id,
        landed.id as part_id
    from {{ source('raw', 'conversation_events') }} as landed
    where exists (select 1 from {{ source('ops', 'touched_everything') }})
)

select
    parts.tenant_id,
    parts.part_id as row_id
from parts
left join conversations
    on parts.tenant_id = conversations.tenant_id
    and parts.conversation_id = conversations.conversation_id
where conversations.conversation_id is null
union all
select
    conversations.tenant_id,
    conversations.conversation_id as row_id
from conversations
left join {{ ref('stg_tenants') }} as tenants on conversations.tenant_id = tenants.tenant_id
where tenants.tenant_id is null
