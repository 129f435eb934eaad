"""Who may do what to the tables of 006_workflows_utilities.sql: workflows, scans, settings, the audit trail.

Belongs here: a row of each table (those of the audit trail come by themselves), who may select, insert, update, delete the
tenant's rows, and what a new row needs. Not here: trying it (`test_row_level_security.py`).
"""

from tests.operational_schema.access.people import ADMIN, MEMBERS, NOBODY, STAFF, Cells

ROWS = """
insert into public.system_settings (tenant_id, setting_key, setting_value, is_public) values
    (%(tenant)s, 'rating_scale', '5', true), (%(tenant)s, 'ai_confidence_threshold', '0.8', false);
insert into public.workflows (id, tenant_id, name, trigger_type)
    values (md5(%(slug)s || 'workflow')::uuid, %(tenant)s, 'Greet', 'manual');
insert into public.workflow_executions (tenant_id, workflow_id) values (%(tenant)s, md5(%(slug)s || 'workflow')::uuid);
insert into public.playground_sessions (tenant_id, user_id, bot_configuration)
    select tenant_id, id, '{}' from public.profiles where tenant_id = %(tenant)s;
insert into public.widget_configurations (tenant_id, widget_name, configuration) values (%(tenant)s, 'Shop', '{}');
insert into public.website_scan_jobs (id, tenant_id, urls)
    values (md5(%(slug)s || 'scan')::uuid, %(tenant)s, array['https://acme.example']);
insert into public.extracted_content (id, tenant_id, scan_job_id, url, content)
    values (md5(%(slug)s || 'page')::uuid, %(tenant)s, md5(%(slug)s || 'scan')::uuid, 'https://acme.example', 'Welcome');
insert into public.auto_generated_knowledge (tenant_id, scan_job_id, extracted_content_id)
    values (%(tenant)s, md5(%(slug)s || 'scan')::uuid, md5(%(slug)s || 'page')::uuid);
"""

ALLOWED: dict[str, Cells] = {
    "system_settings": (MEMBERS, ADMIN, ADMIN, ADMIN),
    "workflows": (STAFF, ADMIN, ADMIN, ADMIN),
    "workflow_executions": (STAFF, STAFF, NOBODY, NOBODY),
    "playground_sessions": (STAFF, STAFF, STAFF, STAFF),
    "widget_configurations": (STAFF, ADMIN, ADMIN, ADMIN),
    "website_scan_jobs": (STAFF, ADMIN, ADMIN, ADMIN),
    "extracted_content": (STAFF, NOBODY, NOBODY, NOBODY),
    "auto_generated_knowledge": (STAFF, NOBODY, ADMIN, ADMIN),
    "audit_logs": (ADMIN, NOBODY, NOBODY, NOBODY),
}

VALUES: dict[str, str] = {
    "system_settings": "tenant_id, setting_key, setting_value) values (%(tenant)s, 'new', '1'",
    "workflows": "tenant_id, name, trigger_type) values (%(tenant)s, 'new', 'manual'",
    "workflow_executions": "tenant_id, workflow_id, status, completed_at) "
    "values (%(tenant)s, md5(%(slug)s || 'workflow')::uuid, 'completed', now()",
    "playground_sessions": "tenant_id, user_id, bot_configuration) values (%(tenant)s, coalesce(app.user_id(), %(admin)s), '{}'",
    "widget_configurations": "tenant_id, widget_name, configuration) values (%(tenant)s, 'new', '{}'",
    "website_scan_jobs": "tenant_id, urls) values (%(tenant)s, array['https://x.example']",
    "extracted_content": "tenant_id, scan_job_id, url, content) "
    "values (%(tenant)s, md5(%(slug)s || 'scan')::uuid, 'https://x.example', 'x'",
    "auto_generated_knowledge": "tenant_id, scan_job_id, extracted_content_id) "
    "values (%(tenant)s, md5(%(slug)s || 'scan')::uuid, md5(%(slug)s || 'page')::uuid",
    "audit_logs": "tenant_id, sequence, database_role, action, entity_type, previous_hash, row_hash) "
    "values (%(tenant)s, 1000, 'x', 'x', 'x', sha256('x'), sha256('x')",
}

# What an update sets, where a row has no created_at, or nobody may set it.
UPDATES: dict[str, str] = {"workflows": "name = name"}
