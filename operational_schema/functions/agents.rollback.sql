-- Takes back agents.sql, with the triggers that call its functions.

drop function if exists app.apply_transfer() cascade;
drop function if exists app.settle_transfer() cascade;
drop function if exists public.update_canned_response_usage() cascade;
drop function if exists public.update_agent_activity() cascade;
drop function if exists public.auto_update_agent_status();
drop function if exists public.assign_waiting_conversations();
drop function if exists public.auto_assign_conversation() cascade;
drop function if exists app.assign_conversation(uuid, uuid);
drop function if exists app.free_agent(uuid, text, text[], text);
drop function if exists public.update_agent_chat_count() cascade;
drop function if exists app.add_to_chat_count(uuid, uuid, integer);
drop function if exists app.give_availability() cascade;
drop function if exists app.begin_chat_count() cascade;
drop function if exists app.record_presence() cascade;
