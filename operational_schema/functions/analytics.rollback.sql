-- Takes back analytics.sql, with the triggers that call its functions.

drop function if exists public.evaluate_alert_rules(uuid);
drop function if exists app.know_alert_metric() cascade;
drop function if exists public.cleanup_expired_realtime_metrics();
drop function if exists public.refresh_realtime_metrics(uuid);
drop function if exists app.live_figures(uuid, interval, jsonb);
drop function if exists public.aggregate_daily_metrics(date, uuid);
drop function if exists app.day_in_turn(date, timestamptz);
drop function if exists public.update_conversation_analytics_on_resolution() cascade;
drop function if exists app.measure_deleted() cascade;
drop function if exists app.measure_touched() cascade;
drop function if exists public.update_conversation_analytics_on_message() cascade;
drop function if exists public.create_conversation_analytics() cascade;
drop function if exists app.measure_conversations(uuid, uuid[]);
