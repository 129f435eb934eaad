-- When each conversation ends, for the first and for the last time, how, and by whose hand.
with changes as (
    select status_changes.*
    from {{ ref('int_status_changes') }} as status_changes
),

lives as (
    select
        changes.tenant_id,
        changes.conversation_id,
        min(changes.entered_at) filter (where changes.is_resolution) as first_resolved_at,
        max(changes.place) filter (where changes.is_resolution) as last_resolution_place,
        count(*) filter (where changes.is_reopening) as reopen_count,
        bool_or(changes.is_ended) filter (where changes.left_at is null) as is_ended
    from changes
    group by changes.tenant_id, changes.conversation_id
),

last_words as (
    select
        changes.tenant_id,
        changes.conversation_id,
        changes.status,
        changes.is_automatic
    from changes
    where changes.left_at is null
)

select
    lives.tenant_id,
    lives.conversation_id,
    lives.first_resolved_at,
    lives.reopen_count,
    lives.is_ended,
    case when lives.is_ended then changes.entered_at end as resolved_at,
    case when lives.is_ended then changes.ordinal end as resolved_ordinal,
    case when lives.is_ended then changes.event_id end as resolved_event_id,
    case
        when lives.is_ended
            then
                last_words.status
                || case when changes.is_automatic then ':automatic' else ':manual' end
    end as resolution_type
from lives
inner join last_words
    on lives.tenant_id = last_words.tenant_id
    and lives.conversation_id = last_words.conversation_id
left join changes
    on lives.tenant_id = changes.tenant_id
    and lives.conversation_id = changes.conversation_id
    and lives.last_resolution_place = changes.place
