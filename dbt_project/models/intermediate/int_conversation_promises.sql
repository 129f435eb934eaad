-- What each conversation was promised, when each promise falls due, and how much of it is used up.
with promised as (
    select
        conversations.tenant_id,
        conversations.conversation_id,
        cast(settings.sla_first_response_seconds * 1000 as bigint) as first_response_target_ms,
        cast(settings.sla_resolution_seconds * 1000 as bigint) as resolution_target_ms,
        settings.sla_in_business_time and times.started_open_ms is not null as is_in_business_time,
        times.started_open_ms,
        times.asked_open_ms,
        {{ ms('conversations.started_at') }} as started_ms,
        {{ ms('responses.first_customer_at') }} as asked_ms,
        case
            when settings.sla_in_business_time and times.started_open_ms is not null
                then times.first_response_ms
            else responses.first_response_ms
        end as response_ms,
        case
            when settings.sla_in_business_time and times.started_open_ms is not null
                then times.full_resolution_ms
            else {{ ms_between('conversations.started_at', 'resolutions.resolved_at') }}
        end as resolution_ms,
        resolutions.is_ended,
        resolutions.resolved_at,
        case when not resolutions.is_ended then conversations.forgotten_at end as forgotten_at
    from {{ ref('stg_conversations') }} as conversations
    inner join {{ ref('stg_tenant_settings') }} as settings
        on conversations.tenant_id = settings.tenant_id
    inner join {{ ref('int_conversation_resolutions') }} as resolutions
        on conversations.tenant_id = resolutions.tenant_id
        and conversations.conversation_id = resolutions.conversation_id
    left join {{ ref('int_conversation_first_responses') }} as responses
        on conversations.tenant_id = responses.tenant_id
        and conversations.conversation_id = responses.conversation_id
    left join {{ ref('int_conversation_business_times') }} as times
        on conversations.tenant_id = times.tenant_id
        and conversations.conversation_id = times.conversation_id
),

targets as (
    select
        promised.*,
        promised.asked_open_ms + promised.first_response_target_ms as response_due_open_ms,
        promised.started_open_ms + promised.resolution_target_ms as resolution_due_open_ms
    from promised
),

due as (
    select
        targets.*,
        case
            when targets.is_in_business_time
                then response.from_ms + targets.response_due_open_ms - response.opened_ms
            else targets.asked_ms + targets.first_response_target_ms
        end as first_response_due_ms,
        case
            when targets.is_in_business_time
                then resolution.from_ms + targets.resolution_due_open_ms - resolution.opened_ms
            else targets.started_ms + targets.resolution_target_ms
        end as resolution_due_ms
    from targets
    {{ join_stretch_of_open('response', 'targets.tenant_id', 'targets.response_due_open_ms') }}
    {{ join_stretch_of_open(
        'resolution', 'targets.tenant_id', 'targets.resolution_due_open_ms') }}
)

select
    due.tenant_id,
    due.conversation_id,
    due.is_in_business_time,
    due.is_ended,
    due.resolved_at as ended_at,
    due.forgotten_at,
    due.asked_ms,
    due.started_ms,
    due.asked_open_ms,
    due.started_open_ms,
    due.response_ms,
    due.resolution_ms,
    due.first_response_target_ms,
    due.resolution_target_ms,
    {{ instant_of('due.first_response_due_ms') }} as first_response_due_at,
    {{ instant_of('due.resolution_due_ms') }} as resolution_due_at
from due
