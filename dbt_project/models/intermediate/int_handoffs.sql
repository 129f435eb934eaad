-- When an agent takes over from the AI: the first agent message after an AI message.
with messages as (
    select
        public_messages.*,
        min(case when public_messages.sender = 'ai' then public_messages.place end) over (
            partition by public_messages.tenant_id, public_messages.conversation_id
        ) as first_ai_place
    from {{ ref('int_public_messages') }} as public_messages
)

select
    messages.tenant_id,
    messages.conversation_id,
    min(messages.sent_at) as handed_off_at
from messages
where messages.sender = 'agent' and messages.place > messages.first_ai_place
group by messages.tenant_id, messages.conversation_id
