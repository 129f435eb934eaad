-- Takes back 040_edits_audited.sql.

comment on column public.audit_logs.changes is
    'Per changed column {"old": …, "new": …}; {"hidden": true} of personal and secret columns, {"erased": true} of what an erasure took.';
