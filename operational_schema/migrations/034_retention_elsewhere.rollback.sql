-- Takes back 034_retention_elsewhere.sql. Refuses to lose what runs did elsewhere, unless the setting app.force_rollback is on.

do $$
begin
    lock table public.retention_runs in access exclusive mode;
    if coalesce(current_setting('app.force_rollback', true), '') <> 'on'
        and exists (select from public.retention_runs where elsewhere <> '{}') then
        raise exception 'what runs of retention did elsewhere would be lost'
            using hint = 'romashka migrate down --force loses it';
    end if;
end;
$$;

alter table public.retention_runs drop column elsewhere, drop column steps_done;
comment on table public.retention_runs is 'Each run of the retention rules: what went by table, and what stayed by reason.';
