-- Takes back audit_edits.sql, with the triggers that call its functions.

drop function if exists app.audit_emptying() cascade;
drop function if exists app.audit_removal() cascade;
drop function if exists app.audit_edit() cascade;
drop function if exists app.audited_edits();
