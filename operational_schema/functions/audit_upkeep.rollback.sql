-- Takes back audit_upkeep.sql.

drop function if exists app.prune_audit(uuid, timestamptz);
drop function if exists app.erase_from_audit(uuid, uuid[]);
drop function if exists app.audit_erased(jsonb);
drop function if exists app.audit_findings(uuid);
drop function if exists app.audit_value_findings(public.audit_logs, jsonb, jsonb);
