-- How long each conversation was in each status, up to its end; of an open one, up to its present
-- status, which still runs: that is added up where it is read, or every refresh would have to write
-- every open conversation. What the source forgot while it was open runs no more.
with changes as (
    select
        status_changes.*,
        case
            when status_changes.status in ('pending', 'escalated') then status_changes.status
            when status_changes.is_ended then 'resolved'
            else 'active'
        end as counted_as
    from {{ ref('int_status_changes') }} as status_changes
),

resolutions as (
    select
        conversation_resolutions.tenant_id,
        conversation_resolutions.conversation_id,
        conversation_resolutions.resolved_at,
        extract_state.data_as_of
    from {{ ref('int_conversation_resolutions') }} as conversation_resolutions
    cross join {{ ref('stg_extract') }} as extract_state
),

cut as (
    select
        changes.tenant_id,
        changes.conversation_id,
        changes.counted_as,
        changes.entered_at,
        resolutions.resolved_at is null
        and changes.forgotten_at is null
        and changes.entered_at <= resolutions.data_as_of
        and coalesce(changes.left_at > resolutions.data_as_of, true) as is_running,
        least(changes.entered_at, resolutions.resolved_at) as began_at,
        least(
            changes.left_at, coalesce(resolutions.resolved_at, changes.forgotten_at)
        ) as ended_at
    from changes
    inner join resolutions
        on changes.tenant_id = resolutions.tenant_id
        and changes.conversation_id = resolutions.conversation_id
    where
        resolutions.resolved_at is not null
        or changes.entered_at <= least(resolutions.data_as_of, changes.forgotten_at)
),

measured as (
    select
        cut.*,
        case when not cut.is_running then {{ ms_between('cut.began_at', 'cut.ended_at') }} end
            as status_ms
    from cut
)

select
    measured.tenant_id,
    measured.conversation_id,
    max(case when measured.is_running then measured.counted_as end) as running_status,
    max(case when measured.is_running then measured.entered_at end) as running_since,
    cast(
        coalesce(sum(measured.status_ms) filter (where measured.counted_as = 'active'), 0)
        as bigint
    ) as active_ms,
    cast(
        coalesce(sum(measured.status_ms) filter (where measured.counted_as = 'pending'), 0)
        as bigint
    ) as pending_ms,
    cast(
        coalesce(sum(measured.status_ms) filter (where measured.counted_as = 'escalated'), 0)
        as bigint
    ) as escalated_ms,
    cast(
        coalesce(sum(measured.status_ms) filter (where measured.counted_as = 'resolved'), 0)
        as bigint
    ) as resolved_ms
from measured
group by measured.tenant_id, measured.conversation_id
