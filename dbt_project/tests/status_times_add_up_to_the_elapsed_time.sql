-- Every second belongs to exactly one status: a gap would hide waiting, an overlap would count it twice.
{{ config(meta={'dagster': {'ref': {'name': 'conversation_analytics'}}}) }}
select
    analytics.tenant_id,
    analytics.conversation_id
from {{ ref('conversation_analytics') }} as analytics
cross join {{ ref('stg_extract') }} as extract_state
where
    analytics.active_seconds + analytics.pending_seconds
    + analytics.escalated_seconds + analytics.resolved_seconds
    <> greatest(
        {{ seconds(ms_between('analytics.started_at', 'coalesce(analytics.resolved_at, extract_state.data_as_of)')) }},
        0
    )
