-- Grain: one row per conversation.
select
    described.tenant_id,
    described.conversation_id,
    described.customer_key,
    described.channel_type,
    described.department,
    described.priority,
    described.language,
    described.status,
    described.agent_id,
    described.opened_by,
    described.started_at,
    described.started_on,
    responses.first_response_at,
    responses.first_human_response_at,
    responses.first_ai_response_at,
    {{ seconds('responses.first_response_ms') }} as first_response_seconds,
    {{ seconds('responses.first_human_response_ms') }} as first_human_response_seconds,
    {{ seconds('responses.first_ai_response_ms') }} as first_ai_response_seconds,
    described.first_resolved_at,
    described.resolved_at,
    {{ seconds(ms_between('described.started_at', 'described.first_resolved_at')) }}
        as first_resolution_seconds,
    {{ seconds(ms_between('described.started_at', 'described.resolved_at')) }}
        as full_resolution_seconds,
    {{ seconds(ms_between('described.started_at', 'described.resolved_at')) }}
        as total_duration_seconds,
    described.reopen_count,
    {{ seconds('times.active_ms') }} as active_seconds,
    {{ seconds('times.pending_ms') }} as pending_seconds,
    {{ seconds('times.escalated_ms') }} as escalated_seconds,
    {{ seconds('times.resolved_ms') }} as resolved_seconds,
    case
        when described.resolved_at is not null
            then {{ seconds('(times.active_ms + times.escalated_ms)') }}
    end as requester_wait_seconds,
    {{ seconds('times.pending_ms') }} as agent_wait_seconds,
    coalesce(waits.waits, 0) as waits,
    coalesce(waits.answered_waits, 0) as answered_waits,
    {{ seconds('waits.wait_ms_total') }} as wait_seconds_total,
    {{ seconds('waits.longest_wait_ms') }} as longest_wait_seconds,
    coalesce(waits.human_waits, 0) as human_waits,
    coalesce(waits.human_answered_waits, 0) as human_answered_waits,
    {{ seconds('waits.human_wait_ms_total') }} as human_wait_seconds_total,
    {{ seconds('waits.human_longest_wait_ms') }} as human_longest_wait_seconds,
    described.total_messages,
    described.customer_messages,
    described.ai_messages,
    described.agent_messages,
    described.system_messages,
    described.unknown_messages,
    described.internal_notes,
    described.agent_messages as agent_touches,
    case described.agent_messages
        when 0 then 'none'
        when 1 then 'one'
        when 2 then 'two'
        else 'many'
    end as touch,
    cast(handoffs.handed_off_at is not null as integer) as handoff_count,
    coalesce(assignments.agent_switches, 0) as agent_switches,
    assignments.first_assigned_at,
    case
        when assignments.first_assigned_at <= described.started_at then 0
        else {{ seconds(ms_between('described.started_at', 'assignments.first_assigned_at')) }}
    end as unassigned_seconds,
    resolvers.resolved_by,
    described.resolution_type,
    described.is_abandoned,
    cast(coalesce(ratings.score, described.satisfaction_score) as numeric(7, 6))
        as customer_satisfaction,
    ratings.rated_at,
    ratings.rated_agent_id,
    cast(described.ai_confidence_sum / nullif(described.ai_confidence_count, 0) as numeric(9, 6))
        as ai_confidence_avg,
    cast(described.ai_confidence_min as numeric(7, 6)) as ai_confidence_min,
    cast(described.ai_confidence_sum as numeric(18, 6)) as ai_confidence_sum,
    described.ai_confidence_count,
    described.ai_fallback_messages,
    described.lead_qualified,
    {{ money('described.revenue_generated') }} as revenue_generated,
    described.follow_up_required
from {{ ref('int_conversations_described') }} as described
left join {{ ref('int_conversation_first_responses') }} as responses
    on described.tenant_id = responses.tenant_id
    and described.conversation_id = responses.conversation_id
left join {{ ref('int_conversation_status_times') }} as times
    on described.tenant_id = times.tenant_id
    and described.conversation_id = times.conversation_id
left join {{ ref('int_conversation_waits') }} as waits
    on described.tenant_id = waits.tenant_id
    and described.conversation_id = waits.conversation_id
left join {{ ref('int_handoffs') }} as handoffs
    on described.tenant_id = handoffs.tenant_id
    and described.conversation_id = handoffs.conversation_id
left join {{ ref('int_conversation_assignments') }} as assignments
    on described.tenant_id = assignments.tenant_id
    and described.conversation_id = assignments.conversation_id
left join {{ ref('int_conversation_resolvers') }} as resolvers
    on described.tenant_id = resolvers.tenant_id
    and described.conversation_id = resolvers.conversation_id
left join {{ ref('int_ratings') }} as ratings
    on described.tenant_id = ratings.tenant_id
    and described.conversation_id = ratings.conversation_id
    and ratings.is_last
