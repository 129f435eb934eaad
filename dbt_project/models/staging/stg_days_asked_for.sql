-- The published days that somebody asked to have rebuilt: some of a tenant, or every one.
with published as (
    select
        daily.daily_metrics_id,
        daily.tenant_id,
        daily.date as day
    from {{ source('marts', 'daily_metrics') }} as daily
),

touched as (
    select
        touched_days.tenant_id,
        touched_days.date as day
    from {{ source('ops', 'touched_days') }} as touched_days
)

select
    published.daily_metrics_id,
    published.tenant_id,
    published.day
from touched
inner join published on touched.tenant_id = published.tenant_id and touched.day = published.day
union
select
    published.daily_metrics_id,
    published.tenant_id,
    published.day
from published
where exists (select 1 from {{ source('ops', 'touched_everything') }})
