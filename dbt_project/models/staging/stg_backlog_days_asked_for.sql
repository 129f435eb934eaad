-- The published days of the backlog that somebody asked to have rebuilt: some of a tenant, or every
-- one.
with published as (
    select
        days.tenant_id,
        days.changed_on
    from {{ source('facts', 'int_backlog_changes_by_day') }} as days
),

touched as (
    select
        touched_days.tenant_id,
        touched_days.date as day
    from {{ source('ops', 'touched_days') }} as touched_days
)

select
    published.tenant_id,
    published.changed_on
from touched
inner join published
    on touched.tenant_id = published.tenant_id and touched.day = published.changed_on
union
select
    published.tenant_id,
    published.changed_on
from published
where exists (select 1 from {{ source('ops', 'touched_everything') }})
