-- Grain: one row per tenant, local day, channel, department, agent, measure and bucket.
with buckets as (
    select
        durations.daily_metrics_id,
        durations.measure,
        durations.bucket,
        count(*) as conversations,
        sum(durations.duration_seconds) as seconds_total
    from {{ ref('int_conversation_measured_durations') }} as durations
    group by durations.daily_metrics_id, durations.measure, durations.bucket
)

select
    days.daily_metrics_id,
    days.tenant_id,
    days.day as date,
    days.channel_type,
    days.department,
    days.agent_id,
    buckets.measure,
    buckets.bucket,
    buckets.conversations,
    cast(buckets.seconds_total as numeric(18, 3)) as seconds_total
from buckets
inner join {{ ref('int_daily_started') }} as days
    on buckets.daily_metrics_id = days.daily_metrics_id
