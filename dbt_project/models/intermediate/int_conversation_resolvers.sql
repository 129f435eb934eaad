-- Who had answered before each conversation's last end.
with resolutions as (
    select
        conversation_resolutions.tenant_id,
        conversation_resolutions.conversation_id,
        conversation_resolutions.resolved_at,
        conversation_resolutions.resolved_ordinal,
        conversation_resolutions.resolved_event_id
    from {{ ref('int_conversation_resolutions') }} as conversation_resolutions
    where conversation_resolutions.resolved_at is not null
),

replies as (
    select public_messages.*
    from {{ ref('int_public_messages') }} as public_messages
    where public_messages.is_reply
)

select
    resolutions.tenant_id,
    resolutions.conversation_id,
    case
        when bool_or(replies.sender = 'agent') then 'agent'
        when bool_or(replies.sender = 'ai') then 'ai'
        else 'abandoned'
    end as resolved_by
from resolutions
left join replies
    on resolutions.tenant_id = replies.tenant_id
    and resolutions.conversation_id = replies.conversation_id
    and (replies.sent_at, replies.ordinal, replies.message_id)
    < (resolutions.resolved_at, resolutions.resolved_ordinal, resolutions.resolved_event_id)
group by resolutions.tenant_id, resolutions.conversation_id
