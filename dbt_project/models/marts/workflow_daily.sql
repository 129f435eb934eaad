-- Grain: one row per tenant, local day and workflow that ran in a conversation.
select
    days.tenant_id,
    days.started_on as date,
    days.workflow_id,
    cast(sum(days.runs) as bigint) as happened_runs,
    cast(sum(days.completed_runs) as bigint) as happened_completed_runs,
    cast(sum(days.failed_runs) as bigint) as happened_failed_runs,
    cast(sum(days.steps) as bigint) as happened_steps,
    {{ seconds('sum(days.completed_ms)') }} as happened_completed_seconds_total
from {{ ref('int_workflow_runs') }} as days
group by days.tenant_id, days.started_on, days.workflow_id
