-- Takes back holds.sql, with the triggers that call its functions.

drop function if exists app.keep_hold() cascade;
drop function if exists app.begin_hold() cascade;
drop function if exists app.refuse_held() cascade;
drop function if exists app.hold_on_rows(uuid, text, uuid[]);
drop function if exists app.hold_on_customer(uuid, uuid, timestamptz);
drop function if exists app.hold_on_conversation(uuid, uuid, uuid, timestamptz);
