-- How much open time of the tenant passes until each conversation is answered, and resolved.
-- Materialized, or each instant is computed again in every condition that compares it.
with instants as materialized (
    select
        resolutions.tenant_id,
        resolutions.conversation_id,
        {{ ms('conversations.started_at') }} as started_ms,
        {{ ms('resolutions.first_resolved_at') }} as first_resolved_ms,
        {{ ms('resolutions.resolved_at') }} as resolved_ms,
        {{ ms('responses.first_customer_at') }} as asked_ms,
        {{ ms('responses.first_response_at') }} as answered_ms,
        {{ ms('responses.first_human_response_at') }} as by_human_ms,
        {{ ms('responses.first_ai_response_at') }} as by_ai_ms
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
        {{ opened_by('started', 'instants.started_ms') }} as started,
        {{ opened_by('first_resolved', 'instants.first_resolved_ms') }} as first_resolved,
        {{ opened_by('resolved', 'instants.resolved_ms') }} as resolved,
        {{ opened_by('asked', 'instants.asked_ms') }} as asked,
        {{ opened_by('answered', 'instants.answered_ms') }} as answered,
        {{ opened_by('by_human', 'instants.by_human_ms') }} as answered_by_human,
        {{ opened_by('by_ai', 'instants.by_ai_ms') }} as answered_by_ai
    from instants
    {{ join_stretch('started', 'instants.tenant_id', 'instants.started_ms') }}
    {{ join_stretch('first_resolved', 'instants.tenant_id', 'instants.first_resolved_ms') }}
    {{ join_stretch('resolved', 'instants.tenant_id', 'instants.resolved_ms') }}
    {{ join_stretch('asked', 'instants.tenant_id', 'instants.asked_ms') }}
    {{ join_stretch('answered', 'instants.tenant_id', 'instants.answered_ms') }}
    {{ join_stretch('by_human', 'instants.tenant_id', 'instants.by_human_ms') }}
    {{ join_stretch('by_ai', 'instants.tenant_id', 'instants.by_ai_ms') }}
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
