-- By how much the backlog of each channel and department changes on each touched local day.
select
    changes.tenant_id,
    changes.changed_on,
    changes.channel_type,
    changes.department,
    cast(coalesce(sum(changes.open_change), 0) as bigint) as open_change,
    cast(coalesce(sum(changes.active_change), 0) as bigint) as active_change,
    cast(coalesce(sum(changes.pending_change), 0) as bigint) as pending_change,
    cast(coalesce(sum(changes.escalated_change), 0) as bigint) as escalated_change,
    cast(coalesce(sum(changes.unassigned_change), 0) as bigint) as unassigned_change,
    cast(coalesce(sum(changes.under_1_day_change), 0) as bigint) as under_1_day_change,
    cast(coalesce(sum(changes.from_1_to_3_days_change), 0) as bigint) as from_1_to_3_days_change,
    cast(coalesce(sum(changes.from_3_to_7_days_change), 0) as bigint) as from_3_to_7_days_change,
    cast(coalesce(sum(changes.from_7_to_30_days_change), 0) as bigint) as from_7_to_30_days_change,
    cast(coalesce(sum(changes.over_30_days_change), 0) as bigint) as over_30_days_change
from {{ ref('int_backlog_changes_of_days') }} as changes
group by changes.tenant_id, changes.changed_on, changes.channel_type, changes.department
