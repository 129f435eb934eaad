-- Takes back sla.sql, with the triggers that call its functions.

drop function if exists public.mark_breached_slas();
drop function if exists app.promise_answers() cascade;
drop function if exists public.update_sla_tracking() cascade;
drop function if exists public.create_sla_tracking() cascade;
drop function if exists app.keep_promise(uuid, uuid, text, timestamptz);
drop function if exists app.promise(uuid, uuid, text, timestamptz);
drop function if exists app.sla_target(uuid, text);
