-- What each conversation is, who said how much in it, and whether it ended or was abandoned.
with conversations as (
    select stg_conversations.*
    from {{ ref('stg_conversations') }} as stg_conversations
)

select
    conversations.tenant_id,
    conversations.conversation_id,
    conversations.customer_key,
    conversations.agent_id,
    conversations.channel_type,
    conversations.department,
    conversations.priority,
    conversations.language,
    conversations.sentiment,
    conversations.status,
    conversations.satisfaction_score,
    conversations.revenue_generated,
    conversations.lead_qualified,
    conversations.follow_up_required,
    conversations.started_at,
    conversations.forgotten_at,
    {{ local_day('conversations.started_at', 'tenants.timezone') }} as started_on,
    {{ daily_key('conversations', local_day('conversations.started_at', 'tenants.timezone')) }}
        as daily_metrics_id,
    messages.opened_by,
    messages.ai_confidence_sum,
    messages.ai_confidence_min,
    messages.ai_fallback_messages,
    resolutions.first_resolved_at,
    resolutions.resolved_at,
    resolutions.reopen_count,
    resolutions.resolution_type,
    coalesce(messages.total_messages, 0) as total_messages,
    coalesce(messages.customer_messages, 0) as customer_messages,
    coalesce(messages.ai_messages, 0) as ai_messages,
    coalesce(messages.agent_messages, 0) as agent_messages,
    case coalesce(messages.agent_messages, 0)
        when 0 then 'none'
        when 1 then 'one'
        when 2 then 'two'
        else 'many'
    end as touch,
    coalesce(messages.system_messages, 0) as system_messages,
    coalesce(messages.unknown_messages, 0) as unknown_messages,
    coalesce(messages.ai_confidence_count, 0) as ai_confidence_count,
    coalesce(notes.internal_notes, 0) as internal_notes,
    case
        when not coalesce(messages.has_reply, false) and not resolutions.is_ended
            then
                greatest(
                    conversations.started_at, messages.last_message_at, notes.last_note_at
                )
                + settings.conversation_auto_close_seconds * interval '1 second'
    end as abandoned_after,
    not coalesce(messages.has_reply, false)
    and (
        resolutions.is_ended
        or greatest(conversations.started_at, messages.last_message_at, notes.last_note_at)
        + settings.conversation_auto_close_seconds * interval '1 second'
        < least(extract_state.data_as_of, conversations.forgotten_at)
    ) as is_abandoned
from conversations
inner join {{ ref('stg_tenants') }} as tenants on conversations.tenant_id = tenants.tenant_id
inner join {{ ref('stg_tenant_settings') }} as settings
    on conversations.tenant_id = settings.tenant_id
inner join {{ ref('int_conversation_resolutions') }} as resolutions
    on conversations.tenant_id = resolutions.tenant_id
    and conversations.conversation_id = resolutions.conversation_id
left join {{ ref('int_conversation_messages') }} as messages
    on conversations.tenant_id = messages.tenant_id
    and conversations.conversation_id = messages.conversation_id
left join {{ ref('int_conversation_internal_notes') }} as notes
    on conversations.tenant_id = notes.tenant_id
    and conversations.conversation_id = notes.conversation_id
cross join {{ ref('stg_extract') }} as extract_state
