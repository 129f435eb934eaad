-- How long each conversation is in each status: up to its end, or to the data's instant while open.
with changes as (
    select
        status_changes.*,
        case
            when status_changes.status in ('pending', 'escalated') then status_changes.status
            when status_changes.is_ended then 'ended'
            else 'active'
        end as counted_as
    from {{ ref('int_status_changes') }} as status_changes
),

resolutions as (
    select
        conversation_resolutions.tenant_id,
        conversation_resolutions.conversation_id,
        conversation_resolutions.is_ended,
        coalesce(conversation_resolutions.resolved_at, extract_state.data_as_of) as counted_until
    from {{ ref('int_conversation_resolutions') }} as conversation_resolutions
    cross join {{ ref('stg_extract') }} as extract_state
),

cut as (
    select
        changes.tenant_id,
        changes.conversation_id,
        changes.counted_as,
        least(changes.entered_at, resolutions.counted_until) as began_at,
        least(coalesce(changes.left_at, resolutions.counted_until), resolutions.counted_until)
            as ended_at
    from changes
    inner join resolutions
        on changes.tenant_id = resolutions.tenant_id
        and changes.conversation_id = resolutions.conversation_id
),

measured as (
    select
        cut.tenant_id,
        cut.conversation_id,
        cut.counted_as,
        {{ ms_between('cut.began_at', 'cut.ended_at') }} as status_ms
    from cut
)

select
    measured.tenant_id,
    measured.conversation_id,
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
        coalesce(sum(measured.status_ms) filter (where measured.counted_as = 'ended'), 0)
        as bigint
    ) as resolved_ms
from measured
group by measured.tenant_id, measured.conversation_id
