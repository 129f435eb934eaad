-- a conversation and its last messages
select conversation.id, conversation.status, conversation.last_message_at, message.id, message.sender_type,
    message.content, message.created_at
from public.conversations as conversation
inner join public.messages as message
    on message.tenant_id = conversation.tenant_id and message.conversation_id = conversation.id
where conversation.id = %(conversation)s
order by message.created_at desc, message.ordinal desc
limit 50
