-- What was said is changed and taken away in the trail, too (functions/audit_edits.sql): without any value.

comment on column public.audit_logs.changes is
    'Per changed column {"old": …, "new": …}; {"hidden": true} of personal and secret columns, {"changed": true} of messages, notes and files, {"erased": true} of what an erasure took.';
