-- Takes back 015_webhook_log_changes.sql.

alter table public.webhook_logs drop column updated_at;
comment on table public.webhook_logs is 'Each attempt to send an event; kept 30 days.';
