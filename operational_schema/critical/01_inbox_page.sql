-- the next page of the inbox, by keyset
-- an index has its order
select id, status, priority, channel_type, user_name, last_message, last_message_at, message_count, assigned_agent_id
from public.conversations
where (last_message_at, id) < (%(before)s, %(conversation)s)
order by last_message_at desc, id desc
limit 25
