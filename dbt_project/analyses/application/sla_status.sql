-- SLAStatus: the promises of open conversations; on_track is pending here. actualTime: seconds until the answer, or so
-- far; of a promise in open time only those until the answer are known. remainingTime is on the clock, negative once it
-- is over.
select
    analytics.conversation_id as "conversationId",
    promised.sla_type as "slaType",
    promised.target_seconds as "targetTime",
    case
        when promised.answered_seconds is not null then promised.answered_seconds
        when not analytics.sla_in_business_time
            then round(promised.target_seconds - clock.remaining_seconds, 3)
    end as "actualTime",
    case promised.state when 'pending' then 'on_track' else promised.state end as status,
    clock.remaining_seconds as "remainingTime"
from marts.conversation_analytics as analytics
cross join marts.publication as publication
cross join lateral (
    values
    (
        'first_response', analytics.sla_first_response_target_seconds,
        analytics.sla_first_response_due_at, analytics.sla_first_response_state,
        case
            when analytics.sla_in_business_time then analytics.first_response_business_seconds
            else analytics.first_response_seconds
        end
    ),
    (
        'resolution', analytics.sla_resolution_target_seconds,
        analytics.sla_resolution_due_at, analytics.sla_resolution_state, null
    )
) as promised (sla_type, target_seconds, due_at, state, answered_seconds)
cross join lateral (
    select
        round(extract(epoch from promised.due_at - publication.data_as_of), 3)
            as remaining_seconds
) as clock
where
    analytics.status not in ('resolved', 'closed')
    and promised.state in ('pending', 'at_risk', 'breached')
order by promised.due_at nulls last, "conversationId", "slaType"
limit 100;
