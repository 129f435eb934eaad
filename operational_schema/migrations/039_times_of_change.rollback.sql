-- Takes back 039_times_of_change.sql.

alter table public.file_deletions drop column updated_at;
alter table public.retention_runs drop column updated_at;
alter table public.file_attachments drop column updated_at;
