-- Grain: one row per tenant, local day and channel.
with parts as (
    select
        started.tenant_id,
        started.started_on as date,
        started.channel_type,
        1 as conversations,
        started.customer_key,
        cast(null as uuid) as active_customer_key,
        started.resolved_by,
        started.is_abandoned,
        started.first_response_seconds,
        started.first_human_response_seconds,
        started.full_resolution_seconds,
        started.waits,
        started.answered_waits,
        started.wait_seconds_total,
        started.longest_wait_seconds,
        started.customer_satisfaction,
        started.total_messages,
        0 as resolutions,
        0 as reopens,
        0 as messages
    from {{ ref('conversation_analytics') }} as started
    union all
    select
        happened.tenant_id,
        happened.date,
        happened.channel_type,
        0 as conversations,
        cast(null as uuid) as customer_key,
        happened.customer_key as active_customer_key,
        cast(null as text) as resolved_by,
        cast(null as boolean) as is_abandoned,
        cast(null as numeric) as first_response_seconds,
        cast(null as numeric) as first_human_response_seconds,
        cast(null as numeric) as full_resolution_seconds,
        0 as waits,
        0 as answered_waits,
        cast(null as numeric) as wait_seconds_total,
        cast(null as numeric) as longest_wait_seconds,
        cast(null as numeric) as customer_satisfaction,
        0 as total_messages,
        happened.resolutions,
        happened.reopens,
        happened.customer_messages + happened.ai_messages + happened.agent_messages as messages
    from {{ ref('conversation_days') }} as happened
)

select
    parts.tenant_id,
    parts.date,
    parts.channel_type,
    cast(sum(parts.conversations) as bigint) as total_conversations,
    count(distinct parts.customer_key) as customers,
    count(*) filter (where parts.resolved_by = 'ai') as ai_resolved_conversations,
    count(*) filter (where parts.resolved_by = 'agent') as human_resolved_conversations,
    count(*) filter (where parts.resolved_by = 'abandoned' or parts.is_abandoned)
        as abandoned_conversations,
    count(parts.first_response_seconds) as first_response_count,
    cast(sum(parts.first_response_seconds) as numeric(18, 3)) as first_response_seconds_total,
    count(parts.first_human_response_seconds) as first_human_response_count,
    cast(sum(parts.first_human_response_seconds) as numeric(18, 3))
        as first_human_response_seconds_total,
    cast(sum(parts.waits) as bigint) as waits,
    cast(sum(parts.answered_waits) as bigint) as answered_waits,
    cast(sum(parts.wait_seconds_total) as numeric(18, 3)) as wait_seconds_total,
    cast(max(parts.longest_wait_seconds) as numeric(18, 3)) as longest_wait_seconds,
    count(parts.full_resolution_seconds) as resolution_count,
    cast(sum(parts.full_resolution_seconds) as numeric(18, 3)) as resolution_seconds_total,
    count(parts.customer_satisfaction) as total_ratings,
    cast(sum(parts.customer_satisfaction) as numeric(18, 6)) as ratings_sum,
    cast(sum(parts.total_messages) as bigint) as total_messages,
    cast(sum(parts.resolutions) as bigint) as happened_resolutions,
    cast(sum(parts.reopens) as bigint) as happened_reopens,
    cast(sum(parts.messages) as bigint) as happened_messages,
    count(distinct parts.active_customer_key) as happened_active_customers
from parts
group by parts.tenant_id, parts.date, parts.channel_type
