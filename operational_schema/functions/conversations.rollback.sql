-- Takes back conversations.sql, with the triggers that call its functions.

drop function if exists public.auto_close_inactive_conversations();
drop function if exists public.update_conversation_message_count() cascade;
drop function if exists app.record_conversation_events() cascade;
drop function if exists app.keep_conversation_resolution() cascade;
drop function if exists app.find_last_message(uuid, uuid);
drop function if exists app.event_time(uuid, uuid, timestamptz);
drop function if exists app.keeps_history();
