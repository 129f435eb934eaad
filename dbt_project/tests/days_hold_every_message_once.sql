-- Public messages of customers, AI and agents: by the day of sending, and by that of the beginning.
{{ config(meta={'dagster': {'ref': {'name': 'daily_metrics'}}}) }}
with days as (
    select
        daily.tenant_id,
        sum(daily.customer_messages + daily.ai_messages + daily.agent_messages) as by_start,
        sum(
            daily.happened_customer_messages + daily.happened_ai_messages
            + daily.happened_agent_messages
        ) as by_sending
    from {{ ref('daily_metrics') }} as daily
    group by daily.tenant_id
),

sources as (
    select
        messages.tenant_id,
        count(*) as messages
    from {{ ref('stg_messages') }} as messages
    where not messages.is_internal and messages.sender in ('customer', 'ai', 'agent')
    group by messages.tenant_id
)

select sources.tenant_id
from sources
left join days on sources.tenant_id = days.tenant_id
where (sources.messages, sources.messages) is distinct from (days.by_start, days.by_sending)
