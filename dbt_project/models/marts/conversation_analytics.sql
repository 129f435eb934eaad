-- Grain: one row per conversation. Readers' view: its status has run up to the data's instant.
select
    described.tenant_id,
    described.conversation_id,
    described.customer_key,
    described.channel_type,
    described.department,
    described.priority,
    described.language,
    described.sentiment,
    described.status,
    described.agent_id,
    described.opened_by,
    described.started_at,
    described.started_on,
    cast(date_trunc('month', described.started_on) as date) as started_month,
    described.daily_metrics_id,
    durations.first_response_at,
    durations.first_human_response_at,
    durations.first_ai_response_at,
    durations.first_response_seconds,
    durations.first_human_response_seconds,
    durations.first_ai_response_seconds,
    durations.first_response_business_seconds,
    durations.first_human_response_business_seconds,
    durations.first_ai_response_business_seconds,
    described.first_resolved_at,
    described.resolved_at,
    durations.first_resolution_seconds,
    durations.full_resolution_seconds,
    durations.full_resolution_seconds as total_duration_seconds,
    durations.first_resolution_business_seconds,
    durations.full_resolution_business_seconds,
    described.reopen_count,
    durations.running_status,
    durations.running_since,
    durations.active_seconds,
    durations.pending_seconds,
    durations.escalated_seconds,
    durations.resolved_seconds,
    durations.requester_wait_seconds,
    durations.pending_seconds as agent_wait_seconds,
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
    described.touch,
    outcomes.handoff_count,
    outcomes.handoff_reason,
    durations.agent_switches,
    durations.first_assigned_at,
    durations.unassigned_seconds,
    slas.first_response_target_seconds as sla_first_response_target_seconds,
    slas.first_response_due_at as sla_first_response_due_at,
    slas.first_response_state as sla_first_response_state,
    slas.resolution_target_seconds as sla_resolution_target_seconds,
    slas.resolution_due_at as sla_resolution_due_at,
    slas.resolution_state as sla_resolution_state,
    slas.is_in_business_time as sla_in_business_time,
    outcomes.resolved_by,
    described.resolution_type,
    described.is_abandoned,
    coalesce(ratings.score, described.satisfaction_score) as customer_satisfaction,
    ratings.rated_at,
    ratings.rated_agent_id,
    cast(described.ai_confidence_sum / nullif(described.ai_confidence_count, 0) as numeric(9, 6))
        as ai_confidence_avg,
    cast(described.ai_confidence_min as numeric(7, 6)) as ai_confidence_min,
    cast(described.ai_confidence_sum as numeric(18, 6)) as ai_confidence_sum,
    described.ai_confidence_count,
    described.ai_fallback_messages,
    outcomes.ai_accuracy_score,
    outcomes.ai_answers_marked,
    outcomes.ai_answers_helpful,
    outcomes.knowledge_items_used,
    described.lead_qualified,
    {{ money('described.revenue_generated') }} as revenue_generated,
    described.follow_up_required,
    due.next_due_at
from {{ ref('int_conversations_described') }} as described
inner join {{ ref('int_conversation_durations') }} as durations
    on described.tenant_id = durations.tenant_id
    and described.conversation_id = durations.conversation_id
inner join {{ ref('int_conversation_slas') }} as slas
    on described.tenant_id = slas.tenant_id and described.conversation_id = slas.conversation_id
left join {{ ref('int_conversation_due') }} as due
    on described.tenant_id = due.tenant_id
    and described.conversation_id = due.conversation_id
left join {{ ref('int_conversation_waits') }} as waits
    on described.tenant_id = waits.tenant_id
    and described.conversation_id = waits.conversation_id
inner join {{ ref('int_conversation_outcomes') }} as outcomes
    on described.tenant_id = outcomes.tenant_id
    and described.conversation_id = outcomes.conversation_id
left join {{ ref('int_ratings') }} as ratings
    on described.tenant_id = ratings.tenant_id
    and described.conversation_id = ratings.conversation_id
    and ratings.is_last
