-- A clock that runs backwards is a fault of ours, or of the source: it must not hide in a mean.
select
    analytics.tenant_id,
    analytics.conversation_id
from {{ ref('conversation_analytics') }} as analytics
where
    least(
        analytics.first_response_seconds, analytics.first_human_response_seconds,
        analytics.first_ai_response_seconds, analytics.first_resolution_seconds,
        analytics.full_resolution_seconds, analytics.unassigned_seconds,
        analytics.requester_wait_seconds, analytics.wait_seconds_total,
        analytics.longest_wait_seconds, analytics.human_wait_seconds_total,
        analytics.human_longest_wait_seconds, analytics.active_seconds, analytics.pending_seconds,
        analytics.escalated_seconds, analytics.resolved_seconds
    ) < 0
