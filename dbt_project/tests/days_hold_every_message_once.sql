-- Public messages of customers, AI and agents: in the conversations and in their days, as many as
-- landed.
{{ config(meta={'dagster': {'ref': {'name': 'conversation_days'}}}) }}
with counted as (
    select
        conversations.tenant_id,
        conversations.customer_messages + conversations.ai_messages
        + conversations.agent_messages as in_conversations,
        0 as in_days,
        0 as in_sources
    from {{ ref('conversation_analytics') }} as conversations
    union all
    select
        days.tenant_id,
        0 as in_conversations,
        days.customer_messages + days.ai_messages + days.agent_messages as in_days,
        0 as in_sources
    from {{ ref('conversation_days') }} as days
    union all
    select
        messages.tenant_id,
        0 as in_conversations,
        0 as in_days,
        1 as in_sources
    from {{ ref('stg_messages') }} as messages
    where not messages.is_internal and messages.sender in ('customer', 'ai', 'agent')
)

select
    counted.tenant_id,
    sum(counted.in_conversations) as in_conversations,
    sum(counted.in_days) as in_days,
    sum(counted.in_sources) as in_sources
from counted
group by counted.tenant_id
having
    sum(counted.in_conversations) <> sum(counted.in_sources)
    or sum(counted.in_days) <> sum(counted.in_sources)
