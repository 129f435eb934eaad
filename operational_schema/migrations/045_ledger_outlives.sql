-- The ledger of mails outlives its report: who deletes one does not delete the proof of what it sent.
-- What is there takes its names from its report, and is looked through at once.
-- squawk-ignore-file constraint-missing-not-valid, adding-foreign-key-constraint, adding-not-nullable-field

alter table public.report_deliveries
    add column report_slug text,
    add column report_name text,
    add column report_type text;
comment on column public.report_deliveries.report_id is 'Not a foreign key: the row outlives its report.';
comment on column public.report_deliveries.report_slug is 'The report''s slug when the slot was entered.';
comment on column public.report_deliveries.report_name is 'The report''s name when the slot was entered.';
comment on column public.report_deliveries.report_type is 'The report''s type when the slot was entered.';
comment on table public.report_deliveries is
    'The ledger of mails: one row per report, local slot and recipient, so that no slot reaches anybody twice. Rows of a report that is deleted stay, for their period.';

-- When a mail last changed is what health and its readers ask.
alter table public.report_deliveries disable trigger user;
update public.report_deliveries as delivery
set report_slug = report.slug, report_name = report.name, report_type = report.report_type
from public.scheduled_reports as report
where report.tenant_id = delivery.tenant_id and report.id = delivery.report_id;
alter table public.report_deliveries enable trigger user;

alter table public.report_deliveries
    alter column report_slug set not null,
    alter column report_name set not null,
    alter column report_type set not null,
    -- Nobody relies on it but the delete that it undid; a trigger (functions/reports.sql) says whose report a new row may name.
    -- squawk-ignore ban-drop-constraint
    drop constraint report_deliveries_report_fkey,
    add constraint report_deliveries_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    add constraint report_deliveries_report_slug_form check (report_slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    add constraint report_deliveries_report_type_known check (
        report_type in ('performance', 'satisfaction', 'ai_analytics', 'custom')
    );
