-- How long it took until each conversation was answered, assigned and resolved, and how long it was
-- in which status: in seconds, also of the tenant's open time.
with conversations as (
    select
        stg_conversations.tenant_id,
        stg_conversations.conversation_id,
        stg_conversations.started_at
    from {{ ref('stg_conversations') }} as stg_conversations
)

select
    conversations.tenant_id,
    conversations.conversation_id,
    responses.first_response_at,
    responses.first_human_response_at,
    responses.first_ai_response_at,
    {{ seconds('responses.first_response_ms') }} as first_response_seconds,
    {{ seconds('responses.first_human_response_ms') }} as first_human_response_seconds,
    {{ seconds('responses.first_ai_response_ms') }} as first_ai_response_seconds,
    {{ seconds('business.first_response_ms') }} as first_response_business_seconds,
    {{ seconds('business.first_human_response_ms') }} as first_human_response_business_seconds,
    {{ seconds('business.first_ai_response_ms') }} as first_ai_response_business_seconds,
    {{ seconds(ms_between('conversations.started_at', 'resolutions.first_resolved_at')) }}
        as first_resolution_seconds,
    {{ seconds(ms_between('conversations.started_at', 'resolutions.resolved_at')) }}
        as full_resolution_seconds,
    {{ seconds('business.first_resolution_ms') }} as first_resolution_business_seconds,
    {{ seconds('business.full_resolution_ms') }} as full_resolution_business_seconds,
    times.running_status,
    times.running_since,
    {{ seconds('coalesce(times.active_ms, 0)') }} as active_seconds,
    {{ seconds('coalesce(times.pending_ms, 0)') }} as pending_seconds,
    {{ seconds('coalesce(times.escalated_ms, 0)') }} as escalated_seconds,
    {{ seconds('coalesce(times.resolved_ms, 0)') }} as resolved_seconds,
    case
        when resolutions.resolved_at is not null
            then {{ seconds('(times.active_ms + times.escalated_ms)') }}
    end as requester_wait_seconds,
    assignments.first_assigned_at,
    case
        when assignments.first_assigned_at <= conversations.started_at then 0
        else {{ seconds(ms_between('conversations.started_at', 'assignments.first_assigned_at')) }}
    end as unassigned_seconds,
    coalesce(assignments.agent_switches, 0) as agent_switches
from conversations
inner join {{ ref('int_conversation_resolutions') }} as resolutions
    on conversations.tenant_id = resolutions.tenant_id
    and conversations.conversation_id = resolutions.conversation_id
left join {{ ref('int_conversation_first_responses') }} as responses
    on conversations.tenant_id = responses.tenant_id
    and conversations.conversation_id = responses.conversation_id
left join {{ ref('int_conversation_business_times') }} as business
    on conversations.tenant_id = business.tenant_id
    and conversations.conversation_id = business.conversation_id
left join {{ ref('int_conversation_status_times') }} as times
    on conversations.tenant_id = times.tenant_id
    and conversations.conversation_id = times.conversation_id
left join {{ ref('int_conversation_assignments') }} as assignments
    on conversations.tenant_id = assignments.tenant_id
    and conversations.conversation_id = assignments.conversation_id
