-- messages that hold a word
select id, conversation_id, content, created_at
from public.messages
where content ilike '%%' || %(word)s || '%%'
order by created_at desc, id
limit 20
