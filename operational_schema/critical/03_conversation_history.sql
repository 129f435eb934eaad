-- what happened to a conversation, and its notes
select 'event' as kind, event_type as what, to_status as detail, occurred_at as happened_at
from public.conversation_events
where tenant_id = (select app.tenant_id()) and conversation_id = %(conversation)s
union all
select 'note', note_type, note, created_at
from public.conversation_notes
where tenant_id = (select app.tenant_id()) and conversation_id = %(conversation)s
order by happened_at
