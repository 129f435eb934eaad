-- Takes back 048_erasure_awaits_files.sql. Refuses to lose rows, unless the setting app.force_rollback is on.

do $$
declare
    lost text;
    has_rows boolean;
begin
    foreach lost in array array[
        'app.erasure_files'
    ] loop
        execute format('lock table %s in access exclusive mode', lost);
        execute format('select exists (select from %s)', lost) into has_rows;
        if has_rows and coalesce(current_setting('app.force_rollback', true), '') <> 'on' then
            raise exception 'the rows of % would be lost', lost using hint = 'romashka migrate down --force loses them';
        end if;
    end loop;
end;
$$;

drop table app.erasure_files;
comment on column public.erasure_requests.status is 'Kept by the erasure.';
-- What waits goes on from where it is.
update public.erasure_requests set status = 'running' where status = 'awaiting_files';
alter table public.erasure_requests drop constraint erasure_requests_status_known;
alter table public.erasure_requests add constraint erasure_requests_status_known
    check (status in ('pending', 'held', 'running', 'completed', 'failed', 'rejected'));
