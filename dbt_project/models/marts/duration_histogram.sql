-- Grain: one row per tenant, local day, channel, department, agent, measure and bucket.
with counted as (
    select
        conversations.tenant_id,
        conversations.started_on,
        conversations.channel_type,
        conversations.department,
        conversations.agent_id,
        durations.measure,
        durations.bucket,
        count(*) as conversations,
        sum(durations.duration_seconds) as seconds_total
    from {{ ref('int_conversations_described') }} as conversations
    inner join {{ ref('int_conversation_measured_durations') }} as durations
        on conversations.tenant_id = durations.tenant_id
        and conversations.conversation_id = durations.conversation_id
    group by
        conversations.tenant_id, conversations.started_on, conversations.channel_type,
        conversations.department, conversations.agent_id, durations.measure, durations.bucket
)

select
    {{ row_key([
        'counted.tenant_id', 'counted.started_on', 'counted.channel_type', 'counted.department',
        'counted.agent_id', 'counted.measure', 'counted.bucket',
    ]) }} as duration_histogram_id,
    counted.tenant_id,
    counted.started_on as date,
    counted.channel_type,
    counted.department,
    counted.agent_id,
    counted.measure,
    counted.bucket,
    counted.conversations,
    cast(counted.seconds_total as numeric(18, 3)) as seconds_total
from counted
