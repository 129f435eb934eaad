-- The runs outside conversations that this build is about, as stg_working_set is for conversations:
-- touched since the last one, or asked for.
{{ config(
    materialized='table',
    indexes=[{'columns': ['tenant_id', 'run_id'], 'unique': true}]
) }}
-- Not materialized, or each refresh would read every run of the past.
with known as not materialized (
    select
        landed.tenant_id,
        landed.id as run_id,
        {{ local_day('landed.started_at', 'tenants.timezone') }} as day
    from {{ source('raw', 'workflow_executions') }} as landed
    inner join {{ source('raw', 'tenants') }} as tenants on landed.tenant_id = tenants.id
    where landed.conversation_id is null
    union all
    select
        published.tenant_id,
        published.run_id,
        published.started_on as day
    from {{ source('facts', 'int_workflow_runs_outside') }} as published
)

select
    touched.tenant_id,
    touched.run_id
from {{ source('ops', 'touched_runs') }} as touched
union
select
    known.tenant_id,
    known.run_id
from {{ source('ops', 'touched_tenants') }} as touched
inner join known on touched.tenant_id = known.tenant_id
union
select
    known.tenant_id,
    known.run_id
from {{ source('ops', 'touched_days') }} as touched
inner join known on touched.tenant_id = known.tenant_id and touched.date = known.day
union
select
    known.tenant_id,
    known.run_id
from known
where exists (select 1 from {{ source('ops', 'touched_everything') }})
