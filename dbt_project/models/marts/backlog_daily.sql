-- Grain: one row per tenant, local day, channel and department with anything open in the evening.
with last_days as (
    select
        stg_tenants.tenant_id,
        {{ local_day('extract_state.data_as_of', 'stg_tenants.timezone') }} as last_day
    from {{ ref('stg_tenants') }} as stg_tenants
    cross join {{ ref('stg_extract') }} as extract_state
),

-- From one change to the next nothing changes: a join with every day would be quadratic.
-- Summed as integers: a sum of bigint is numeric, and slower.
stretches as (
    select
        changes.tenant_id,
        changes.channel_type,
        changes.department,
        changes.changed_on,
        lead(changes.changed_on) over so_far as next_changed_on,
        sum(cast(changes.open_change as integer)) over so_far as open_conversations,
        sum(cast(changes.active_change as integer)) over so_far as active_conversations,
        sum(cast(changes.pending_change as integer)) over so_far as pending_conversations,
        sum(cast(changes.escalated_change as integer)) over so_far as escalated_conversations,
        sum(cast(changes.unassigned_change as integer)) over so_far as unassigned_conversations,
        sum(cast(changes.under_1_day_change as integer)) over so_far as open_under_1_day,
        sum(cast(changes.from_1_to_3_days_change as integer)) over so_far as open_1_to_3_days,
        sum(cast(changes.from_3_to_7_days_change as integer)) over so_far as open_3_to_7_days,
        sum(cast(changes.from_7_to_30_days_change as integer)) over so_far as open_7_to_30_days,
        sum(cast(changes.over_30_days_change as integer)) over so_far as open_over_30_days
    from {{ ref('int_backlog_changes_by_day') }} as changes
    window so_far as (
        partition by changes.tenant_id, changes.channel_type, changes.department
        order by changes.changed_on
    )
)

select
    stretches.tenant_id,
    stretches.changed_on + evenings.later as date,
    stretches.channel_type,
    stretches.department,
    stretches.open_conversations,
    stretches.active_conversations,
    stretches.pending_conversations,
    stretches.escalated_conversations,
    stretches.unassigned_conversations,
    stretches.open_under_1_day,
    stretches.open_1_to_3_days,
    stretches.open_3_to_7_days,
    stretches.open_7_to_30_days,
    stretches.open_over_30_days
from stretches
inner join last_days on stretches.tenant_id = last_days.tenant_id
cross join
    lateral generate_series(
        0, least(stretches.next_changed_on - 1, last_days.last_day) - stretches.changed_on
    ) as evenings (later)
where stretches.open_conversations > 0
