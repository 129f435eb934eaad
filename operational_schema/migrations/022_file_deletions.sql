-- Files of attachments whose rows have gone, for whoever can delete from the storage.

create table public.file_deletions (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    storage_provider text not null,
    file_path text,
    reason text not null,
    queued_at timestamptz not null default now(),
    deleted_at timestamptz,
    constraint file_deletions_pkey primary key (id),
    constraint file_deletions_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint file_deletions_path_key unique (tenant_id, storage_provider, file_path),
    constraint file_deletions_provider_known check (storage_provider in ('supabase', 'aws', 'gcs')),
    constraint file_deletions_path_goes check ((file_path is null) = (deleted_at is not null))
);
comment on table public.file_deletions is
    'Files to be deleted from the storage, because their rows of file_attachments have gone. The application''s storage worker deletes each and sets deleted_at; the path goes with it.';
comment on column public.file_deletions.file_path is 'Personal: holds the file''s name. Null as soon as the file is deleted.';
comment on column public.file_deletions.reason is 'Why the row went: retention, which erasures say, too, or deleted.';

create index idx_file_deletions_waiting on public.file_deletions (tenant_id, queued_at) where deleted_at is null;

alter table public.file_deletions enable row level security;
revoke all on public.file_deletions from anon, authenticated;
-- That files wait, and for how long, is the tenant's to see; how customers called them goes with the rows.
grant select (id, tenant_id, storage_provider, reason, queued_at, deleted_at) on public.file_deletions to authenticated;
grant all on public.file_deletions to service_role;
create policy admin_select on public.file_deletions for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
