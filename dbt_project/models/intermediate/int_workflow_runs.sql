-- Which workflow ran in which conversation on which local day, how it ended, how long that took.
select
    runs.tenant_id,
    runs.conversation_id,
    runs.workflow_id,
    {{ local_day('runs.started_at', 'tenants.timezone') }} as started_on,
    count(*) as runs,
    count(*) filter (where runs.status = 'completed') as completed_runs,
    count(*) filter (where runs.status = 'failed') as failed_runs,
    cast(sum(runs.steps_taken) as bigint) as steps,
    cast(
        sum({{ ms_between('runs.started_at', 'runs.completed_at') }})
        filter (where runs.status = 'completed') as bigint
    ) as completed_ms
from {{ ref('stg_workflow_runs') }} as runs
inner join {{ ref('stg_tenants') }} as tenants on runs.tenant_id = tenants.tenant_id
group by
    runs.tenant_id, runs.conversation_id, runs.workflow_id,
    {{ local_day('runs.started_at', 'tenants.timezone') }}
