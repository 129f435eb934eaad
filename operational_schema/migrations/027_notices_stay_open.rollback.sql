-- Takes back 027_notices_stay_open.sql. Refuses to lose notices of the new kinds, unless the setting app.force_rollback is on.

do $$
begin
    lock table public.report_notices in access exclusive mode;
    if coalesce(current_setting('app.force_rollback', true), '') <> 'on'
        and exists (select from public.report_notices where kind not in ('failed', 'held')) then
        raise exception 'the rows of public.report_notices would be lost'
            using hint = 'romashka migrate down --force loses them';
    end if;
    delete from public.report_notices where kind not in ('failed', 'held');
end;
$$;

alter table public.report_notices
    drop constraint report_notices_kind_known,
    add constraint report_notices_kind_known check (kind in ('failed', 'held')),
    drop column next_attempt_at,
    drop column attempts;
