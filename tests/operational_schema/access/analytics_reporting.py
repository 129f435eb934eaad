"""Who may do what to the tables of 004_analytics_reporting.sql: figures, dashboards, alerts, reports, exports.

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
insert into public.daily_metrics (
    tenant_id, date, channel_type, department, total_conversations, ai_resolved_conversations, human_resolved_conversations,
    abandoned_conversations, total_ratings
) values (%(tenant)s, '2025-01-01', 'website', 'general', 1, 0, 0, 0, 0);
insert into public.realtime_metrics (tenant_id, metric_name, metric_value) values (%(tenant)s, 'queue_size', 1);
insert into public.conversation_analytics (tenant_id, conversation_id, started_at)
    values (%(tenant)s, %(conversation)s, '2026-01-01') on conflict do nothing;
insert into public.dashboard_configs (tenant_id, user_id, name, layout, is_public)
    select tenant_id, id, 'Mine', '[]', true from public.profiles where tenant_id = %(tenant)s;
insert into public.alert_rules (id, tenant_id, name, metric, condition, threshold, recipients)
    values (md5(%(slug)s || 'rule')::uuid, %(tenant)s, 'Slow', 'avg_first_response_time_seconds', 'above', 600,
        array['boss@example.com']);
insert into public.alert_history (tenant_id, rule_id, metric_value, threshold_value)
    values (%(tenant)s, md5(%(slug)s || 'rule')::uuid, 700, 600);
insert into public.report_unsubscriptions (tenant_id, report_id, recipient)
    values (%(tenant)s, %(report)s, 'tired@example.com');
insert into public.report_notices (tenant_id, report_id, slot_local, kind)
    values (%(tenant)s, %(report)s, '2026-01-01 09:00', 'failed');
"""

ALLOWED: dict[str, Cells] = {
    "scheduled_reports": (STAFF, ADMIN, ADMIN, ADMIN),
    "report_deliveries": (STAFF, NOBODY, NOBODY, NOBODY),
    "export_jobs": (STAFF, STAFF, ADMIN, ADMIN),
    "daily_metrics": (STAFF, NOBODY, NOBODY, NOBODY),
    "realtime_metrics": (STAFF, STAFF, NOBODY, ADMIN),
    "conversation_analytics": (STAFF, NOBODY, NOBODY, NOBODY),
    "dashboard_configs": (STAFF, STAFF, STAFF, STAFF),
    "alert_rules": (STAFF, ADMIN, ADMIN, ADMIN),
    "alert_history": (STAFF, NOBODY, STAFF, NOBODY),
    "report_unsubscriptions": (STAFF, NOBODY, NOBODY, ADMIN),
    "report_notices": (STAFF, NOBODY, NOBODY, NOBODY),
}

VALUES: dict[str, str] = {
    "scheduled_reports": "tenant_id, slug, name, report_type, schedule_cron, recipients) "
    "values (%(tenant)s, 'new', 'new', 'custom', '0 9 * * *', array['a@example.com']",
    "report_deliveries": "tenant_id, report_id, slot_local, slot_at, recipient, message_id) "
    "values (%(tenant)s, %(report)s, '2027-01-01', '2027-01-01', 'a@example.com', 'x'",
    "export_jobs": "tenant_id, user_id, name, type, format) "
    "values (%(tenant)s, app.user_id(), 'new', 'customers', 'csv'",
    "daily_metrics": "tenant_id, date, channel_type, department, total_conversations, "
    "ai_resolved_conversations, human_resolved_conversations, abandoned_conversations, total_ratings) "
    "values (%(tenant)s, '2025-01-02', 'website', 'general', 1, 0, 0, 0, 0",
    "realtime_metrics": "tenant_id, metric_name, metric_value) values (%(tenant)s, 'new', 1",
    "conversation_analytics": "tenant_id, conversation_id, started_at) values (%(tenant)s, gen_random_uuid(), "
    "'2026-01-01'",
    "dashboard_configs": "tenant_id, user_id, name, layout) values (%(tenant)s, coalesce(app.user_id(), %(admin)s), 'new', '[]'",
    "alert_rules": "tenant_id, name, metric, condition, threshold, recipients) "
    "values (%(tenant)s, 'new', 'queue_size', 'above', 1, array['a@example.com']",
    "alert_history": "tenant_id, rule_id, metric_value, threshold_value, resolved_at, triggered_at) "
    "values (%(tenant)s, md5(%(slug)s || 'rule')::uuid, 1, 1, '2026-01-02', '2026-01-01'",
    "report_unsubscriptions": "tenant_id, report_id, recipient) values (%(tenant)s, %(report)s, 'a@example.com'",
    "report_notices": "tenant_id, report_id, slot_local, kind) values (%(tenant)s, %(report)s, '2027-01-01', 'held'",
}

# What an update sets, where a row has no created_at, or nobody may set it.
UPDATES: dict[str, str] = {
    "scheduled_reports": "name = name",
    "export_jobs": "name = name",
    "realtime_metrics": "metric_value = metric_value",
    "alert_history": "resolution_notes = 'known'",
}
