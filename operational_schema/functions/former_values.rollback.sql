-- Takes back functions/former_values.sql, with the trigger that calls its function.

drop function if exists app.keep_former_values() cascade;
