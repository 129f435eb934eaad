-- The first instant at which each conversation will read differently although nothing is written:
-- the refresh after it builds it again. What the source has forgotten reads the same for ever.
with promises as (
    select
        promised.tenant_id,
        promised.conversation_id,
        promised.is_in_business_time,
        promised.asked_ms as begun_ms,
        promised.asked_open_ms as begun_open_ms,
        promised.first_response_target_ms as target_ms
    from {{ ref('int_conversation_promises') }} as promised
    where
        promised.asked_ms is not null and promised.response_ms is null and not promised.is_ended
    union all
    select
        promised.tenant_id,
        promised.conversation_id,
        promised.is_in_business_time,
        promised.started_ms as begun_ms,
        promised.started_open_ms as begun_open_ms,
        promised.resolution_target_ms as target_ms
    from {{ ref('int_conversation_promises') }} as promised
    where promised.resolution_ms is null
),

-- At risk when more than half is used up, broken when more than all is.
used_up as (
    select
        promises.*,
        promises.target_ms / 2 + 1 as used_ms
    from promises
    union all
    select
        promises.*,
        promises.target_ms + 1 as used_ms
    from promises
),

placed as (
    select
        used_up.*,
        used_up.begun_open_ms + used_up.used_ms as due_open_ms
    from used_up
),

judged as (
    select
        placed.tenant_id,
        placed.conversation_id,
        case
            when placed.is_in_business_time
                then stretch.from_ms + placed.due_open_ms - stretch.opened_ms
            else placed.begun_ms + placed.used_ms
        end as due_ms
    from placed
    {{ join_stretch_of_open('stretch', 'placed.tenant_id', 'placed.due_open_ms') }}
),

due as (
    select
        judged.tenant_id,
        judged.conversation_id,
        {{ instant_of('judged.due_ms') }} as due_at
    from judged
    union all
    select
        conversations.tenant_id,
        conversations.conversation_id,
        conversations.abandoned_after + interval '1 microsecond' as due_at
    from {{ ref('int_conversations_described') }} as conversations
    union all
    select
        changes.tenant_id,
        changes.conversation_id,
        changes.entered_at as due_at
    from {{ ref('int_status_changes') }} as changes
)

select
    due.tenant_id,
    due.conversation_id,
    min(due.due_at) as next_due_at
from due
inner join {{ ref('stg_extract') }} as extract_state on due.due_at > extract_state.data_as_of
left join {{ ref('int_conversations_described') }} as forgotten
    on due.tenant_id = forgotten.tenant_id
    and due.conversation_id = forgotten.conversation_id
    and forgotten.forgotten_at is not null
where forgotten.conversation_id is null
group by due.tenant_id, due.conversation_id
