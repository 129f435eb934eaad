-- Takes back audit.sql, with the triggers that call its functions.

drop function if exists app.attach_audit();
drop function if exists app.guard_audit() cascade;
drop function if exists app.seal_audit() cascade;
drop function if exists app.audit_truncate() cascade;
drop function if exists app.audit_statement() cascade;
drop function if exists app.audit_update() cascade;
drop function if exists app.log_audit_row(text, text, uuid, jsonb, jsonb, text, text);
drop function if exists app.audit_hash(public.audit_logs);
drop function if exists app.log_audit_summary(uuid, text, text, bigint);
drop function if exists app.log_audit(uuid, text, text, uuid, jsonb, jsonb);
drop function if exists app.audit_changes(jsonb, jsonb, text[], text[]);
drop function if exists app.audit_digests(jsonb, jsonb, inet, text);
drop function if exists app.audit_request();
drop function if exists app.audit_parts(text[]);
drop function if exists app.audit_summary();
drop function if exists app.database_role();
drop function if exists app.audit_plan();
drop function if exists app.audited_tables();
