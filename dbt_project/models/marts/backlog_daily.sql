-- Grain: one row per tenant, local day, channel and department with anything open in the evening.
with changes as (
    select by_day.*
    from {{ ref('int_backlog_changes_by_day') }} as by_day
),

slices as (
    select
        changes.tenant_id,
        changes.channel_type,
        changes.department,
        min(changes.changed_on) as first_day
    from changes
    group by changes.tenant_id, changes.channel_type, changes.department
),

last_days as (
    select
        stg_tenants.tenant_id,
        {{ local_day('extract_state.data_as_of', 'stg_tenants.timezone') }} as last_day
    from {{ ref('stg_tenants') }} as stg_tenants
    cross join {{ ref('stg_extract') }} as extract_state
),

evenings as (
    select
        slices.tenant_id,
        cast(calendar.day as date) as day,
        slices.channel_type,
        slices.department,
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
    from slices
    inner join last_days on slices.tenant_id = last_days.tenant_id
    cross join lateral generate_series(
        cast(slices.first_day as timestamp), cast(last_days.last_day as timestamp), interval '1 day'
    ) as calendar (day)
    left join changes
        on slices.tenant_id = changes.tenant_id
        and slices.channel_type = changes.channel_type
        and slices.department = changes.department
        and cast(calendar.day as date) = changes.changed_on
    window so_far as (
        partition by slices.tenant_id, slices.channel_type, slices.department
        order by calendar.day
    )
)

select
    evenings.tenant_id,
    evenings.day as date,
    evenings.channel_type,
    evenings.department,
    cast(evenings.open_conversations as bigint) as open_conversations,
    cast(evenings.active_conversations as bigint) as active_conversations,
    cast(evenings.pending_conversations as bigint) as pending_conversations,
    cast(evenings.escalated_conversations as bigint) as escalated_conversations,
    cast(evenings.unassigned_conversations as bigint) as unassigned_conversations,
    cast(evenings.open_under_1_day as bigint) as open_under_1_day,
    cast(evenings.open_1_to_3_days as bigint) as open_1_to_3_days,
    cast(evenings.open_3_to_7_days as bigint) as open_3_to_7_days,
    cast(evenings.open_7_to_30_days as bigint) as open_7_to_30_days,
    cast(evenings.open_over_30_days as bigint) as open_over_30_days
from evenings
where evenings.open_conversations > 0
