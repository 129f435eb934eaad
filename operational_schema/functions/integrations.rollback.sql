-- Takes back integrations.sql, with the triggers that call its functions.

drop function if exists public.process_webhook_event(uuid, text);
drop function if exists app.finish_webhook_event() cascade;
drop function if exists app.keep_sync_job_times() cascade;
drop function if exists app.find_webhook_integration() cascade;
drop function if exists app.count_webhook_calls() cascade;
drop function if exists app.add_to_webhook_counts(uuid, uuid, uuid, bigint, bigint, timestamptz);
drop function if exists app.record_integration_change() cascade;
drop function if exists app.keep_integration_trail() cascade;
drop function if exists app.keep_revocation() cascade;
drop function if exists public.create_api_key(text, text[], timestamptz);
drop function if exists public.check_api_key(text);
drop function if exists public.read_secret(uuid, text, text, uuid);
