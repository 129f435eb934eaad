-- SLAStatus: the promises of open conversations; on_track is pending here.
-- Shape: conversationId, slaType, targetTime, status, remainingTime
select
    analytics.conversation_id as "conversationId",
    promised.sla_type as "slaType",
    promised.target_seconds as "targetTime",
    case promised.state when 'pending' then 'on_track' else promised.state end as status,
    extract(epoch from promised.due_at - publication.data_as_of) as "remainingTime"
from marts.conversation_analytics as analytics
cross join marts.publication as publication
cross join lateral (
    values
    (
        'first_response', analytics.sla_first_response_target_seconds,
        analytics.sla_first_response_due_at, analytics.sla_first_response_state
    ),
    (
        'resolution', analytics.sla_resolution_target_seconds,
        analytics.sla_resolution_due_at, analytics.sla_resolution_state
    )
) as promised (sla_type, target_seconds, due_at, state)
where
    analytics.status not in ('resolved', 'closed')
    and promised.state in ('pending', 'at_risk', 'breached')
order by promised.due_at nulls last, "conversationId"
limit 100;
