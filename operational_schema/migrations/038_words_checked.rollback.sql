-- Takes back 038_words_checked.sql.

alter table public.erasure_requests drop constraint erasure_requests_steps_done_whole;
alter table public.agent_availability drop constraint agent_availability_lists_whole;
alter table public.intent_patterns drop constraint intent_patterns_patterns_whole;
alter table public.scheduled_reports drop constraint scheduled_reports_recipients_whole;
alter table public.alert_rules drop constraint alert_rules_recipients_whole;
alter table public.alert_history
    drop constraint alert_history_sent_recipients_whole,
    drop constraint alert_history_sent_channels_known;
alter table public.file_deletions drop constraint file_deletions_reason_known;
alter table public.agent_availability_events drop constraint agent_availability_events_status_known;
alter table public.daily_metrics drop constraint daily_metrics_channel_type_form;
alter table public.conversation_analytics drop constraint conversation_analytics_resolution_type_known;
alter table public.conversation_events
    drop constraint conversation_events_to_status_known,
    drop constraint conversation_events_from_status_known;
