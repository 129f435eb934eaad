-- Grain: one row per tenant, local day, channel and department with anything open in the evening.
with last_days as (
    select
        stg_tenants.tenant_id,
        {{ local_day('extract_state.data_as_of', 'stg_tenants.timezone') }} as last_day
    from {{ ref('stg_tenants') }} as stg_tenants
    cross join {{ ref('stg_extract') }} as extract_state
),

-- From one change to the next nothing changes: a join with every day would be quadratic.
stretches as (
    select
        changes.tenant_id,
        changes.channel_type,
        changes.department,
        changes.changed_on,
        lead(changes.changed_on) over so_far as next_changed_on,
        sum(changes.open_change) over so_far as open_conversations,
        sum(changes.active_change) over so_far as active_conversations,
        sum(changes.pending_change) over so_far as pending_conversations,
        sum(changes.escalated_change) over so_far as escalated_conversations,
        sum(changes.unassigned_change) over so_far as unassigned_conversations,
        sum(changes.under_1_day_change) over so_far as open_under_1_day,
        sum(changes.from_1_to_3_days_change) over so_far as open_1_to_3_days,
        sum(changes.from_3_to_7_days_change) over so_far as open_3_to_7_days,
        sum(changes.from_7_to_30_days_change) over so_far as open_7_to_30_days,
        sum(changes.over_30_days_change) over so_far as open_over_30_days
    from {{ ref('int_backlog_changes_by_day') }} as changes
    window so_far as (
        partition by changes.tenant_id, changes.channel_type, changes.department
        order by changes.changed_on
    )
)

select
    stretches.tenant_id,
    cast(evenings.evening as date) as date,
    stretches.channel_type,
    stretches.department,
    cast(stretches.open_conversations as bigint) as open_conversations,
    cast(stretches.active_conversations as bigint) as active_conversations,
    cast(stretches.pending_conversations as bigint) as pending_conversations,
    cast(stretches.escalated_conversations as bigint) as escalated_conversations,
    cast(stretches.unassigned_conversations as bigint) as unassigned_conversations,
    cast(stretches.open_under_1_day as bigint) as open_under_1_day,
    cast(stretches.open_1_to_3_days as bigint) as open_1_to_3_days,
    cast(stretches.open_3_to_7_days as bigint) as open_3_to_7_days,
    cast(stretches.open_7_to_30_days as bigint) as open_7_to_30_days,
    cast(stretches.open_over_30_days as bigint) as open_over_30_days
from stretches
inner join last_days on stretches.tenant_id = last_days.tenant_id
cross join
    lateral generate_series(
        cast(stretches.changed_on as timestamp),
        cast(least(stretches.next_changed_on - 1, last_days.last_day) as timestamp),
        interval '1 day'
    ) as evenings (evening)
where stretches.open_conversations > 0
