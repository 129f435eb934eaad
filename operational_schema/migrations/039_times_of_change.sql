-- Rows that change say when: a file is renamed or shared, a run of retention ends, a deletion is done.

alter table public.file_attachments add column updated_at timestamptz not null default now();
alter table public.retention_runs add column updated_at timestamptz not null default now();
alter table public.file_deletions add column updated_at timestamptz not null default now();
grant select (updated_at) on public.file_deletions to authenticated;

-- What is there changed last when it says that it did.
update public.file_attachments set updated_at = created_at;
update public.retention_runs set updated_at = coalesce(completed_at, started_at);
update public.file_deletions set updated_at = coalesce(deleted_at, queued_at);
