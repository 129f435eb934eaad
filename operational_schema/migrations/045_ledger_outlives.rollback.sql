-- Takes back 045_ledger_outlives.sql. Refuses to lose mails of reports that are gone, unless the setting app.force_rollback is on.

lock table public.report_deliveries in access exclusive mode;
do $$
declare
    lost integer;
begin
    with gone as (
        delete from public.report_deliveries as delivery
        where not exists (
            select from public.scheduled_reports as report
            where report.tenant_id = delivery.tenant_id and report.id = delivery.report_id
        )
        returning delivery.id
    )
    select count(*) into lost from gone;
    if lost > 0 and coalesce(current_setting('app.force_rollback', true), '') <> 'on' then
        raise exception '% rows of public.report_deliveries would be lost', lost
            using hint = 'romashka migrate down --force loses them';
    end if;
end;
$$;

alter table public.report_deliveries
    drop constraint report_deliveries_tenant_fkey,
    add constraint report_deliveries_report_fkey foreign key (tenant_id, report_id)
        references public.scheduled_reports (tenant_id, id) on delete cascade,
    drop column report_slug,
    drop column report_name,
    drop column report_type;
comment on column public.report_deliveries.report_id is null;
comment on table public.report_deliveries is
    'The ledger of mails: one row per report, local slot and recipient, so that no slot reaches anybody twice.';
