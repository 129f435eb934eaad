-- Grain: one row per tenant, local day and department.
select
    started.tenant_id,
    started.started_on as date,
    started.department,
    count(*) as total_conversations,
    count(*) filter (where started.resolved_by = 'ai') as ai_resolved_conversations,
    count(*) filter (where started.resolved_by = 'agent') as human_resolved_conversations,
    count(*) filter (where started.resolved_by = 'abandoned' or started.is_abandoned)
        as abandoned_conversations,
    count(*) filter (where started.reopen_count > 0) as reopened_conversations,
    count(started.first_response_seconds) as first_response_count,
    cast(sum(started.first_response_seconds) as numeric(18, 3)) as first_response_seconds_total,
    count(started.first_human_response_seconds) as first_human_response_count,
    cast(sum(started.first_human_response_seconds) as numeric(18, 3))
        as first_human_response_seconds_total,
    count(started.full_resolution_seconds) as resolution_count,
    cast(sum(started.full_resolution_seconds) as numeric(18, 3)) as resolution_seconds_total,
    count(started.customer_satisfaction) as total_ratings,
    cast(sum(started.customer_satisfaction) as numeric(18, 6)) as ratings_sum
from {{ ref('conversation_analytics') }} as started
group by started.tenant_id, started.started_on, started.department
