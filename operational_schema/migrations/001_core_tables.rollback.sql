-- Takes back 001_core_tables.sql, and the functions that stand on its tables.

drop table public.conversation_events;
drop table public.messages;
drop table public.conversations;
drop table public.customer_profiles;
drop table public.profiles;
drop table public.tenant_special_days;
drop table public.tenant_business_hours;
drop table public.tenant_business_schedules;
drop table public.tenants;
drop sequence public.conversation_ordinal;
drop function if exists public.update_conversation_message_count();
drop function if exists public.update_updated_at_column();
drop function if exists app.find_last_message(uuid, uuid);
drop function if exists app.recount_messages(uuid, uuid);
drop function if exists app.record_conversation_events();
drop function if exists app.keep_conversation_resolution();
drop function if exists app.keeps_history();
drop function if exists app.refuse_unknown_timezone();
drop extension pg_trgm;
