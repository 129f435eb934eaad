with source as (
    select landed.*
    from {{ source('raw', 'workflow_executions') }} as landed
    inner join {{ ref('stg_touched_runs') }} as touched
        on landed.tenant_id = touched.tenant_id and landed.id = touched.run_id
    where landed.conversation_id is null
),

renamed as (
    select
        source.tenant_id,
        source.id as run_id,
        source.workflow_id,
        source.status,
        source.steps_taken,
        source.started_at,
        source.completed_at
    from source
)

select
    renamed.tenant_id,
    renamed.run_id,
    renamed.workflow_id,
    renamed.status,
    renamed.steps_taken,
    renamed.started_at,
    renamed.completed_at
from renamed
