-- Takes back reports.sql, with the triggers that call its functions.

drop function if exists app.end_mails_of_report() cascade;
drop function if exists app.name_report() cascade;
drop function if exists app.refuse_bad_recipient() cascade;
drop function if exists app.refuse_bad_schedule() cascade;
drop function if exists app.is_cron(text);
drop function if exists app.cron_values(integer, text);
drop function if exists app.cron_value(integer, text);
