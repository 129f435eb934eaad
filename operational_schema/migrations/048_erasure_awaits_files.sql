-- An erasure is complete when the storage has deleted the person's files, not when it was asked to.
-- The list of states grows by one: no row of requests, which are few, can have less than it had.
-- squawk-ignore-file ban-drop-constraint,constraint-missing-not-valid

alter table public.erasure_requests drop constraint erasure_requests_status_known;
alter table public.erasure_requests add constraint erasure_requests_status_known
    check (status in ('pending', 'held', 'running', 'awaiting_files', 'completed', 'failed', 'rejected'));
comment on column public.erasure_requests.status is
    'Kept by the erasure. awaiting_files: all is done and proven, but for files that the storage has not deleted yet; due as before.';

create table app.erasure_files (
    request_id uuid not null,
    file_id uuid not null,
    constraint erasure_files_pkey primary key (request_id, file_id),
    constraint erasure_files_request_fkey foreign key (request_id) references public.erasure_requests (id) on delete cascade,
    constraint erasure_files_file_fkey foreign key (file_id) references public.file_deletions (id) on delete cascade
);
comment on table app.erasure_files is
    'Which files of file_deletions were a customer''s who is erased, or name them: the request is not completed before these are deleted.';

create index idx_erasure_files_file_id on app.erasure_files (file_id);

-- No policy and no grant: nobody but the owner reads or writes it.
alter table app.erasure_files enable row level security;
revoke all on app.erasure_files from anon, authenticated, service_role;
