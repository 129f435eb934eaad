-- Takes back settings.sql, with the triggers that call its function.

drop function if exists app.refuse_secrets() cascade;
