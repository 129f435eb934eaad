-- Grain: one row per tenant, local day, channel, department, priority and promise.
with promises as (
    select
        analytics.tenant_id,
        analytics.started_on,
        analytics.channel_type,
        analytics.department,
        analytics.priority,
        promised.sla_type,
        promised.state
    from {{ ref('conversation_analytics') }} as analytics
    cross join
        lateral (
            values
            ('first_response', analytics.sla_first_response_state),
            ('resolution', analytics.sla_resolution_state)
        ) as promised (sla_type, state)
    where promised.state is not null
)

select
    {{ row_key([
        'promises.tenant_id', 'promises.started_on', 'promises.channel_type',
        'promises.department', 'promises.priority', 'promises.sla_type',
    ]) }} as sla_daily_id,
    promises.tenant_id,
    promises.started_on as date,
    promises.channel_type,
    promises.department,
    promises.priority,
    promises.sla_type,
    count(*) as promised_conversations,
    count(*) filter (where promises.state = 'met') as met_conversations,
    count(*) filter (where promises.state = 'breached') as breached_conversations,
    count(*) filter (where promises.state = 'at_risk') as at_risk_conversations,
    count(*) filter (where promises.state = 'pending') as pending_conversations,
    cast(
        1.0 * count(*) filter (where promises.state = 'met')
        / nullif(count(*) filter (where promises.state in ('met', 'breached')), 0)
        as numeric(9, 6)
    ) as met_rate
from promises
group by
    promises.tenant_id, promises.started_on, promises.channel_type, promises.department,
    promises.priority, promises.sla_type
