-- Takes back channels.sql, with the triggers that call its functions.

drop function if exists public.create_message_delivery_tracking() cascade;
drop function if exists app.join_delivery() cascade;
drop function if exists app.advance_delivery() cascade;
drop function if exists app.show_delivery() cascade;
drop function if exists public.update_template_usage() cascade;
drop function if exists app.keep_one_preferred_channel() cascade;
drop function if exists app.begin_channel_day() cascade;
drop function if exists public.claim_channel_messages(uuid, integer);
drop function if exists public.reset_daily_message_limits();
drop function if exists app.local_day(uuid, timestamptz);
