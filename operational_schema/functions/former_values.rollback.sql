-- Takes back functions/former_values.sql, with the triggers that call its functions.

drop function if exists app.keep_former_values() cascade;
drop function if exists app.keep_former_values_of_conversation() cascade;
