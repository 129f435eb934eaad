-- Grain: one row per tenant, local day, channel, department, agent, measure and bucket.
select
    {{ row_key([
        'durations.daily_metrics_id', 'durations.measure', 'durations.bucket',
    ]) }} as duration_histogram_id,
    durations.daily_metrics_id,
    durations.tenant_id,
    durations.started_on as date,
    durations.channel_type,
    durations.department,
    durations.agent_id,
    durations.measure,
    durations.bucket,
    count(*) as conversations,
    cast(sum(durations.duration_seconds) as numeric(18, 3)) as seconds_total
from {{ ref('int_conversation_measured_durations') }} as durations
group by
    durations.daily_metrics_id, durations.tenant_id, durations.started_on, durations.channel_type,
    durations.department, durations.agent_id, durations.measure, durations.bucket
