-- messages that hold a word
select id, conversation_id, content, created_at
from public.search_messages(%(word)s)
