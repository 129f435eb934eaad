-- How much open time of the tenant passes until each conversation is answered, and resolved.
with instants as (
    select
        resolutions.tenant_id,
        resolutions.conversation_id,
        conversations.started_at,
        resolutions.first_resolved_at,
        resolutions.resolved_at,
        responses.first_customer_at,
        responses.first_response_at,
        responses.first_human_response_at,
        responses.first_ai_response_at
    from {{ ref('int_conversation_resolutions') }} as resolutions
    inner join {{ ref('stg_conversations') }} as conversations
        on resolutions.tenant_id = conversations.tenant_id
        and resolutions.conversation_id = conversations.conversation_id
    left join {{ ref('int_conversation_first_responses') }} as responses
        on resolutions.tenant_id = responses.tenant_id
        and resolutions.conversation_id = responses.conversation_id
),

positions as (
    select
        instants.tenant_id,
        instants.conversation_id,
        {{ open_ms_at('instants.tenant_id', 'instants.started_at') }} as started,
        {{ open_ms_at('instants.tenant_id', 'instants.first_resolved_at') }} as first_resolved,
        {{ open_ms_at('instants.tenant_id', 'instants.resolved_at') }} as resolved,
        {{ open_ms_at('instants.tenant_id', 'instants.first_customer_at') }} as asked,
        {{ open_ms_at('instants.tenant_id', 'instants.first_response_at') }} as answered,
        {{ open_ms_at('instants.tenant_id', 'instants.first_human_response_at') }}
            as answered_by_human,
        {{ open_ms_at('instants.tenant_id', 'instants.first_ai_response_at') }} as answered_by_ai
    from instants
)

select
    positions.tenant_id,
    positions.conversation_id,
    positions.started as started_open_ms,
    positions.asked as asked_open_ms,
    positions.answered - positions.asked as first_response_ms,
    positions.answered_by_human - positions.asked as first_human_response_ms,
    positions.answered_by_ai - positions.asked as first_ai_response_ms,
    positions.first_resolved - positions.started as first_resolution_ms,
    positions.resolved - positions.started as full_resolution_ms
from positions
where positions.started is not null
