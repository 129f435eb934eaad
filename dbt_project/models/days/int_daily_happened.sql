-- What happened on each touched day, whenever its conversation had started.
select
    happenings.daily_metrics_id,
    happenings.tenant_id,
    happenings.date as day,
    happenings.channel_type,
    happenings.department,
    happenings.agent_id,
    cast(sum(happenings.resolutions) as bigint) as resolutions,
    count(*) filter (where happenings.resolutions > 0) as resolved_conversations,
    count(distinct happenings.customer_key) filter (where happenings.resolutions > 0)
        as resolved_customers,
    cast(sum(happenings.reopens) as bigint) as reopens,
    cast(sum(happenings.ratings) as bigint) as ratings,
    sum(happenings.ratings_sum) as ratings_sum,
    cast(sum(happenings.handoffs) as bigint) as handoffs,
    cast(sum(happenings.customer_messages) as bigint) as customer_messages,
    cast(sum(happenings.ai_messages) as bigint) as ai_messages,
    cast(sum(happenings.agent_messages) as bigint) as agent_messages,
    cast(sum(happenings.system_messages) as bigint) as system_messages,
    cast(sum(happenings.unknown_messages) as bigint) as unknown_messages,
    cast(sum(happenings.sla_first_response_breaches) as bigint) as sla_first_response_breaches,
    cast(sum(happenings.sla_resolution_breaches) as bigint) as sla_resolution_breaches
from {{ ref('int_happenings_of_days') }} as happenings
group by
    happenings.daily_metrics_id, happenings.tenant_id, happenings.date, happenings.channel_type,
    happenings.department, happenings.agent_id
