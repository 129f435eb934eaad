-- The conversations that this build is about: touched since the last one, due, or asked for. All
-- that follows reads these only, so that a full build is the same build with more of them.
{{ config(
    materialized='table',
    indexes=[{'columns': ['tenant_id', 'conversation_id'], 'unique': true}]
) }}
with touched_tenants as (
    select touched.tenant_id
    from {{ source('ops', 'touched_tenants') }} as touched
),

touched_days as (
    select
        touched.tenant_id,
        touched.date as day
    from {{ source('ops', 'touched_days') }} as touched
),

asked_for as (
    select
        touched.tenant_id,
        touched.conversation_id
    from {{ source('ops', 'touched_conversations') }} as touched
    union all
    select
        due.tenant_id,
        due.conversation_id
    from {{ source('facts', 'conversation_analytics') }} as due
    where due.next_due_at <= (select state.data_as_of from {{ source('raw', 'extract') }} as state)
    union all
    select
        landed.tenant_id,
        landed.id as conversation_id
    from touched_tenants
    inner join {{ source('raw', 'conversations') }} as landed
        on touched_tenants.tenant_id = landed.tenant_id
    union all
    select
        published.tenant_id,
        published.conversation_id
    from touched_tenants
    inner join {{ source('facts', 'conversation_analytics') }} as published
        on touched_tenants.tenant_id = published.tenant_id
    union all
    select
        landed.tenant_id,
        landed.id as conversation_id
    from touched_days
    inner join {{ source('raw', 'tenants') }} as tenants on touched_days.tenant_id = tenants.id
    inner join {{ source('raw', 'conversations') }} as landed
        on touched_days.tenant_id = landed.tenant_id
        and touched_days.day = {{ local_day('landed.created_at', 'tenants.timezone') }}
        and landed.created_at >= touched_days.day - interval '1 day'
        and landed.created_at < touched_days.day + interval '2 days'
    union all
    select
        happened.tenant_id,
        happened.conversation_id
    from touched_days
    inner join {{ source('marts', 'conversation_days') }} as happened
        on touched_days.tenant_id = happened.tenant_id and touched_days.day = happened.date
    union all
    select
        published.tenant_id,
        published.conversation_id
    from touched_days
    inner join {{ source('facts', 'conversation_analytics') }} as published
        on touched_days.tenant_id = published.tenant_id and touched_days.day = published.started_on
    union all
    select
        landed.tenant_id,
        landed.id as conversation_id
    from {{ source('raw', 'conversations') }} as landed
    where exists (select 1 from {{ source('ops', 'touched_everything') }})
    union all
    select
        published.tenant_id,
        published.conversation_id
    from {{ source('facts', 'conversation_analytics') }} as published
    where exists (select 1 from {{ source('ops', 'touched_everything') }})
),

-- Not by a union: for what might be asked for it makes room, a tenth of a second for ten rows.
numbered as (
    select
        asked_for.tenant_id,
        asked_for.conversation_id,
        row_number() over (
            partition by asked_for.tenant_id, asked_for.conversation_id
            order by asked_for.conversation_id
        ) as number
    from asked_for
)

select
    numbered.tenant_id,
    numbered.conversation_id
from numbered
where numbered.number = 1
