"""Who may do what to the tables of 004_analytics_reporting.sql: reports, deliveries, exports.

Belongs here: a row of each table, who may select, insert, update, delete the tenant's rows, and what a new row needs. Not
here: trying it (`test_row_level_security.py`).
"""

from tests.operational_schema.access.people import ADMIN, NOBODY, STAFF, Cells

ROWS = """
insert into public.scheduled_reports (id, tenant_id, slug, name, report_type, schedule_cron, recipients)
    values (%(report)s, %(tenant)s, 'daily', 'Daily', 'performance', '0 9 * * *', array['boss@example.com']);
insert into public.report_deliveries (tenant_id, report_id, slot_local, slot_at, recipient, message_id)
    values (%(tenant)s, %(report)s, '2026-01-01 09:00', '2026-01-01 09:00+00', 'boss@example.com', %(slug)s);
insert into public.export_jobs (tenant_id, user_id, name, type, format)
    values (%(tenant)s, %(agent)s, 'all', 'conversations', 'csv');
"""

ALLOWED: dict[str, Cells] = {
    "scheduled_reports": (STAFF, ADMIN, ADMIN, ADMIN),
    "report_deliveries": (STAFF, NOBODY, NOBODY, NOBODY),
    "export_jobs": (STAFF, STAFF, ADMIN, ADMIN),
}

VALUES: dict[str, str] = {
    "scheduled_reports": "tenant_id, slug, name, report_type, schedule_cron, recipients) "
    "values (%(tenant)s, 'new', 'new', 'custom', '0 9 * * *', array['a@example.com']",
    "report_deliveries": "tenant_id, report_id, slot_local, slot_at, recipient, message_id) "
    "values (%(tenant)s, %(report)s, '2027-01-01', '2027-01-01', 'a@example.com', 'x'",
    "export_jobs": "tenant_id, user_id, name, type, format) "
    "values (%(tenant)s, app.user_id(), 'new', 'customers', 'csv'",
}
