-- Grain: one row per tenant, local day and workflow that ran.
with days as (
    select
        inside.tenant_id,
        inside.started_on,
        inside.workflow_id,
        inside.runs,
        0 as outside_runs,
        inside.completed_runs,
        inside.failed_runs,
        inside.steps,
        inside.completed_ms
    from {{ ref('int_workflow_runs') }} as inside
    union all
    select
        outside.tenant_id,
        outside.started_on,
        outside.workflow_id,
        1 as runs,
        1 as outside_runs,
        outside.completed_runs,
        outside.failed_runs,
        outside.steps,
        outside.completed_ms
    from {{ ref('int_workflow_runs_outside') }} as outside
)

select
    days.tenant_id,
    days.started_on as date,
    days.workflow_id,
    cast(sum(days.runs) as bigint) as happened_runs,
    cast(sum(days.outside_runs) as bigint) as happened_runs_outside_conversations,
    cast(sum(days.completed_runs) as bigint) as happened_completed_runs,
    cast(sum(days.failed_runs) as bigint) as happened_failed_runs,
    cast(sum(days.steps) as bigint) as happened_steps,
    {{ seconds('sum(days.completed_ms)') }} as happened_completed_seconds_total
from days
group by days.tenant_id, days.started_on, days.workflow_id
