-- Σ daily = Σ conversations = Σ source, per tenant and local day, as readers will see them: what is
-- lost here shows nowhere. Of the days that this build is about.
{{ config(meta={'dagster': {'ref': {'name': 'daily_metrics'}}}) }}
with touched_days as (
    select distinct
        days.tenant_id,
        days.day
    from {{ ref('int_touched_days') }} as days
),

daily as (
    select
        built.tenant_id,
        built.date as day,
        built.total_conversations
    from {{ ref('daily_metrics') }} as built
    union all
    select
        published.tenant_id,
        published.date as day,
        published.total_conversations
    from touched_days
    inner join {{ ref('stg_published_daily_metrics') }} as published
        on touched_days.tenant_id = published.tenant_id and touched_days.day = published.date
    left join {{ ref('int_touched_days') }} as days
        on published.daily_metrics_id = days.daily_metrics_id
    where days.daily_metrics_id is null
),

conversations as (
    select
        built.tenant_id,
        built.started_on as day
    from {{ ref('conversation_analytics') }} as built
    union all
    select
        published.tenant_id,
        published.started_on as day
    from touched_days
    inner join {{ ref('stg_published_conversations') }} as published
        on touched_days.tenant_id = published.tenant_id and touched_days.day = published.started_on
    left join {{ ref('stg_working_set') }} as touched
        on published.tenant_id = touched.tenant_id
        and published.conversation_id = touched.conversation_id
    where touched.conversation_id is null
),

sources as (
    select
        touched_days.tenant_id,
        touched_days.day
    from touched_days
    inner join {{ ref('stg_tenants') }} as tenants on touched_days.tenant_id = tenants.tenant_id
    inner join {{ source('raw', 'conversations') }} as landed
        on touched_days.tenant_id = landed.tenant_id
        and touched_days.day = {{ local_day('landed.created_at', 'tenants.timezone') }}
        and landed.created_at >= touched_days.day - interval '1 day'
        and landed.created_at < touched_days.day + interval '2 days'
),

counted as (
    select
        daily.tenant_id,
        daily.day,
        daily.total_conversations as in_daily,
        0 as in_conversations,
        0 as in_sources
    from daily
    union all
    select
        conversations.tenant_id,
        conversations.day,
        0 as in_daily,
        1 as in_conversations,
        0 as in_sources
    from conversations
    union all
    select
        sources.tenant_id,
        sources.day,
        0 as in_daily,
        0 as in_conversations,
        1 as in_sources
    from sources
)

select
    counted.tenant_id,
    counted.day,
    sum(counted.in_daily) as in_daily,
    sum(counted.in_conversations) as in_conversations,
    sum(counted.in_sources) as in_sources
from counted
group by counted.tenant_id, counted.day
having
    sum(counted.in_daily) <> sum(counted.in_conversations)
    or (sum(counted.in_conversations) <> sum(counted.in_sources) and isfinite(counted.day))
