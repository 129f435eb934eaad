-- Every change of the backlog on a touched day: by touched conversations as built, by others as
-- published.
{{ config(materialized='view') }}
select
    built.tenant_id,
    built.changed_on,
    built.channel_type,
    built.department,
    built.open_change,
    built.active_change,
    built.pending_change,
    built.escalated_change,
    built.unassigned_change,
    built.under_1_day_change,
    built.from_1_to_3_days_change,
    built.from_3_to_7_days_change,
    built.from_7_to_30_days_change,
    built.over_30_days_change
from {{ ref('int_backlog_changes') }} as built
union all
select
    published.tenant_id,
    published.changed_on,
    published.channel_type,
    published.department,
    published.open_change,
    published.active_change,
    published.pending_change,
    published.escalated_change,
    published.unassigned_change,
    published.under_1_day_change,
    published.from_1_to_3_days_change,
    published.from_3_to_7_days_change,
    published.from_7_to_30_days_change,
    published.over_30_days_change
from {{ ref('int_touched_backlog_days') }} as days
inner join {{ ref('stg_published_backlog_changes') }} as published
    on days.tenant_id = published.tenant_id and days.changed_on = published.changed_on
left join {{ ref('stg_working_set') }} as touched
    on published.tenant_id = touched.tenant_id
    and published.conversation_id = touched.conversation_id
where touched.conversation_id is null
