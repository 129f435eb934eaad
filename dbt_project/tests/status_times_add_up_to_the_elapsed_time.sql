-- Every second belongs to exactly one status: a gap would hide waiting, an overlap count it twice.
-- Of an open conversation, those since running_since are added where it is read, of one that was
-- forgotten open there are none. What begins or
-- ends at infinity has no elapsed time to add up to.
{{ config(meta={'dagster': {'ref': {'name': 'conversation_analytics'}}}) }}
with measured as (
    select
        analytics.tenant_id,
        analytics.conversation_id,
        analytics.active_seconds + analytics.pending_seconds
        + analytics.escalated_seconds + analytics.resolved_seconds as in_statuses,
        analytics.started_at,
        coalesce(
            analytics.resolved_at, analytics.running_since, conversations.forgotten_at,
            analytics.started_at
        ) as counted_until,
        analytics.resolved_at is null
        and analytics.running_since is null
        and conversations.forgotten_at is null
        and analytics.started_at <= extract_state.data_as_of as is_lost
    from {{ ref('conversation_analytics') }} as analytics
    inner join {{ ref('stg_conversations') }} as conversations
        on analytics.tenant_id = conversations.tenant_id
        and analytics.conversation_id = conversations.conversation_id
    cross join {{ ref('stg_extract') }} as extract_state
)

select
    measured.tenant_id,
    measured.conversation_id
from measured
where
    measured.is_lost
    or (
        isfinite(measured.started_at)
        and isfinite(measured.counted_until)
        and measured.in_statuses
        <> greatest({{ seconds(ms_between('measured.started_at', 'measured.counted_until')) }}, 0)
    )
