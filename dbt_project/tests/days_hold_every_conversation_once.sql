-- Σ daily = Σ conversations = Σ source, per tenant and local day: what is lost here shows nowhere.
{{ config(meta={'dagster': {'ref': {'name': 'daily_metrics'}}}) }}
with days as (
    select
        daily.tenant_id,
        daily.date as day,
        sum(daily.total_conversations) as conversations
    from {{ ref('daily_metrics') }} as daily
    where daily.total_conversations > 0
    group by daily.tenant_id, daily.date
),

dated as (
    select
        conversations.tenant_id,
        {{ local_day('conversations.started_at', 'tenants.timezone') }} as day
    from {{ ref('stg_conversations') }} as conversations
    inner join {{ ref('stg_tenants') }} as tenants on conversations.tenant_id = tenants.tenant_id
),

sources as (
    select
        dated.tenant_id,
        dated.day,
        count(*) as conversations
    from dated
    group by dated.tenant_id, dated.day
)

select
    coalesce(days.tenant_id, sources.tenant_id) as tenant_id,
    coalesce(days.day, sources.day) as day
from days
full outer join sources on days.tenant_id = sources.tenant_id and days.day = sources.day
where days.conversations is distinct from sources.conversations
