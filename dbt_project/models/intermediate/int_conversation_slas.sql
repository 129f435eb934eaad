-- Whether each conversation's promises are kept, broken, at risk or still pending, as of the data,
-- or of the instant at which the source forgot the conversation.
with promises as (
    select
        promised.*,
        {{ ms('least(extract_state.data_as_of, promised.forgotten_at)') }} as as_of_ms
    from {{ ref('int_conversation_promises') }} as promised
    cross join {{ ref('stg_extract') }} as extract_state
),

instants as (
    select distinct
        promises.tenant_id,
        promises.as_of_ms
    from promises
),

opened as (
    select
        instants.tenant_id,
        instants.as_of_ms,
        {{ opened_by('present', 'instants.as_of_ms') }} as as_of_open_ms
    from instants
    {{ join_stretch('present', 'instants.tenant_id', 'instants.as_of_ms') }}
),

used as (
    select
        promises.*,
        case
            when promises.is_in_business_time then opened.as_of_open_ms - promises.asked_open_ms
            else promises.as_of_ms - promises.asked_ms
        end as response_used_ms,
        case
            when promises.is_in_business_time
                then opened.as_of_open_ms - promises.started_open_ms
            else promises.as_of_ms - promises.started_ms
        end as resolution_used_ms
    from promises
    inner join opened
        on promises.tenant_id = opened.tenant_id and promises.as_of_ms = opened.as_of_ms
),

judged as (
    select
        used.*,
        case
            when used.asked_ms is not null
                then {{ sla_state(
                    'used.response_ms', 'used.response_used_ms',
                    'used.first_response_target_ms', 'used.is_ended') }}
        end as first_response_state,
        {{ sla_state(
            'used.resolution_ms', 'used.resolution_used_ms',
            'used.resolution_target_ms', 'false') }} as resolution_state
    from used
)

select
    judged.tenant_id,
    judged.conversation_id,
    judged.is_in_business_time,
    {{ seconds('judged.first_response_target_ms') }} as first_response_target_seconds,
    judged.first_response_due_at,
    judged.first_response_state,
    {{ seconds('judged.resolution_target_ms') }} as resolution_target_seconds,
    judged.resolution_due_at,
    judged.resolution_state,
    case
        when judged.first_response_state <> 'breached' then null
        when judged.response_ms is null then least(judged.first_response_due_at, judged.ended_at)
        else judged.first_response_due_at
    end as first_response_breached_at,
    case when judged.resolution_state = 'breached' then judged.resolution_due_at end
        as resolution_breached_at
from judged
