-- Files go with their rows: no function of a database reaches the storage, so what is to be deleted there is queued. The triggers
-- are per row: those of a statement would run for every message that is deleted, and most messages have no file.

create or replace function app.queue_file_deletion()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into public.file_deletions (tenant_id, storage_provider, file_path, reason)
    values (old.tenant_id, old.storage_provider, old.file_path, coalesce(etl.reason(), 'deleted'))
    on conflict do nothing;
    return null;
end;
$$;
comment on function app.queue_file_deletion() is
    'Queues the file of a deleted attachment, in the transaction that deletes the row, whichever way it goes.';

create or replace function app.keep_file_in_use()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    delete from public.file_deletions as waiting
    where waiting.tenant_id = new.tenant_id and waiting.storage_provider = new.storage_provider
        and waiting.file_path = new.file_path;
    return null;
end;
$$;
comment on function app.keep_file_in_use() is 'A path at which a file lies again is not to be deleted any more.';

create or replace function app.forget_path()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    new.file_path := null;
    return new;
end;
$$;
comment on function app.forget_path() is 'What is deleted needs no path, and the path says what a customer called their file.';

create or replace function app.keep_erased_files(request uuid, paths text[], hidden text[])
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into app.erasure_files (request_id, file_id)
    select asked.id, waiting.id
    from public.erasure_requests as asked
    inner join public.file_deletions as waiting on waiting.tenant_id = asked.tenant_id and waiting.deleted_at is null
    where asked.id = request and (
        waiting.storage_provider || ':' || waiting.file_path = any(paths)
        or case
            when waiting.file_path ilike any (app.like_patterns(hidden)) then waiting.file_path ~* app.naming_pattern(hidden)
            else false
        end
    )
    on conflict do nothing
$$;
comment on function app.keep_erased_files(uuid, text[], text[]) is
    'Which files that wait to be deleted are those of a request: by provider and path, and whatever has a value in its path, since when ever it waits.';

create or replace trigger queue_file_deletion
after delete on public.file_attachments
for each row execute function app.queue_file_deletion();

create or replace trigger keep_file_in_use
after insert on public.file_attachments
for each row execute function app.keep_file_in_use();

create or replace trigger forget_path
before update on public.file_deletions
for each row
when (new.deleted_at is not null)
execute function app.forget_path();

alter table public.file_attachments enable always trigger queue_file_deletion;

revoke execute on function
    app.queue_file_deletion(), app.keep_file_in_use(), app.forget_path(),
    app.keep_erased_files(uuid, text[], text[]) from public;
