-- Grain: one row per tenant, local day and channel.
with started as (
    select
        analytics.tenant_id,
        analytics.started_on,
        analytics.channel_type,
        count(*) as total_conversations,
        count(distinct analytics.customer_key) as customers,
        count(*) filter (where analytics.resolved_by = 'ai') as ai_resolved_conversations,
        count(*) filter (where analytics.resolved_by = 'agent') as human_resolved_conversations,
        count(*) filter (
            where analytics.resolved_by = 'abandoned' or analytics.is_abandoned
        ) as abandoned_conversations,
        count(analytics.first_response_seconds) as first_response_count,
        sum(analytics.first_response_seconds) as first_response_seconds_total,
        count(analytics.full_resolution_seconds) as resolution_count,
        sum(analytics.full_resolution_seconds) as resolution_seconds_total,
        count(analytics.customer_satisfaction) as total_ratings,
        sum(analytics.customer_satisfaction) as ratings_sum,
        sum(analytics.total_messages) as total_messages
    from {{ ref('conversation_analytics') }} as analytics
    group by analytics.tenant_id, analytics.started_on, analytics.channel_type
),

happened as (
    select
        conversations.tenant_id,
        happenings.date as happened_on,
        conversations.channel_type,
        sum(happenings.resolutions) as resolutions,
        sum(happenings.reopens) as reopens,
        sum(happenings.customer_messages + happenings.ai_messages + happenings.agent_messages)
            as messages,
        count(distinct conversations.customer_key) as active_customers
    from {{ ref('conversation_analytics') }} as conversations
    inner join {{ ref('conversation_days') }} as happenings
        on conversations.tenant_id = happenings.tenant_id
        and conversations.conversation_id = happenings.conversation_id
    group by conversations.tenant_id, happenings.date, conversations.channel_type
)

select
    coalesce(started.tenant_id, happened.tenant_id) as tenant_id,
    coalesce(started.started_on, happened.happened_on) as date,
    coalesce(started.channel_type, happened.channel_type) as channel_type,
    coalesce(started.total_conversations, 0) as total_conversations,
    coalesce(started.customers, 0) as customers,
    coalesce(started.ai_resolved_conversations, 0) as ai_resolved_conversations,
    coalesce(started.human_resolved_conversations, 0) as human_resolved_conversations,
    coalesce(started.abandoned_conversations, 0) as abandoned_conversations,
    coalesce(started.first_response_count, 0) as first_response_count,
    cast(started.first_response_seconds_total as numeric(18, 3)) as first_response_seconds_total,
    coalesce(started.resolution_count, 0) as resolution_count,
    cast(started.resolution_seconds_total as numeric(18, 3)) as resolution_seconds_total,
    coalesce(started.total_ratings, 0) as total_ratings,
    cast(started.ratings_sum as numeric(18, 6)) as ratings_sum,
    cast(coalesce(started.total_messages, 0) as bigint) as total_messages,
    cast(coalesce(happened.resolutions, 0) as bigint) as happened_resolutions,
    cast(coalesce(happened.reopens, 0) as bigint) as happened_reopens,
    cast(coalesce(happened.messages, 0) as bigint) as happened_messages,
    coalesce(happened.active_customers, 0) as happened_active_customers
from started
full outer join happened
    on started.tenant_id = happened.tenant_id
    and started.started_on = happened.happened_on
    and started.channel_type = happened.channel_type
