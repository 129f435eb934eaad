-- Takes back reports.sql, with the trigger that calls its functions.

drop function if exists app.refuse_bad_schedule() cascade;
drop function if exists app.is_cron(text);
drop function if exists app.cron_values(integer, text);
drop function if exists app.cron_value(integer, text);
