-- By how much the backlog of each channel and department changes on each local day.
select
    changes.tenant_id,
    changes.changed_on,
    changes.channel_type,
    changes.department,
    coalesce(sum(changes.open_change), 0) as open_change,
    coalesce(sum(changes.active_change), 0) as active_change,
    coalesce(sum(changes.pending_change), 0) as pending_change,
    coalesce(sum(changes.escalated_change), 0) as escalated_change,
    coalesce(sum(changes.unassigned_change), 0) as unassigned_change,
    coalesce(sum(changes.under_1_day_change), 0) as under_1_day_change,
    coalesce(sum(changes.from_1_to_3_days_change), 0) as from_1_to_3_days_change,
    coalesce(sum(changes.from_3_to_7_days_change), 0) as from_3_to_7_days_change,
    coalesce(sum(changes.from_7_to_30_days_change), 0) as from_7_to_30_days_change,
    coalesce(sum(changes.over_30_days_change), 0) as over_30_days_change
from {{ ref('int_backlog_changes') }} as changes
group by changes.tenant_id, changes.changed_on, changes.channel_type, changes.department
