-- Each run of a workflow outside conversations: on which local day it began, how it ended, how long
-- that took.
select
    runs.tenant_id,
    runs.run_id,
    runs.workflow_id,
    {{ local_day('runs.started_at', 'tenants.timezone') }} as started_on,
    cast(runs.status = 'completed' as integer) as completed_runs,
    cast(runs.status = 'failed' as integer) as failed_runs,
    runs.steps_taken as steps,
    case
        when runs.status = 'completed'
            then {{ ms_between('runs.started_at', 'runs.completed_at') }}
    end as completed_ms
from {{ ref('stg_workflow_runs_outside') }} as runs
inner join {{ ref('stg_tenants') }} as tenants on runs.tenant_id = tenants.tenant_id
