"""What there may be once: for each unique key a second row that differs in all but the key, and is refused.

Belongs here: trying every unique key of the tables, but primary keys and those that foreign keys point at. Not here: what each
check refuses (`test_edges.py`), and that another tenant may have the same (each of them has, in `access/`).
"""

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.conftest import Tenant

pytestmark = pytest.mark.usefixtures("every_server")

# Of each key, what the first row lacks, and in what the second one differs beside its id.
ONCE: dict[str, tuple[str, str]] = {
    "agent_availability_agent_key": ("", "status = 'away', departments = '{billing}'"),
    "alert_rules_name_key": ("", "metric = 'other', condition = 'below'"),
    "api_keys_hash_key": ("", "tenant_id = gen_random_uuid(), name = 'other', revoked_at = now()"),
    "api_keys_name_key": ("", "key_hash = encode(sha256('x'), 'hex'), revoked_at = now()"),
    "audit_logs_sequence_key": ("", "entity_type = 'other', created_at = '2020-01-01'"),
    "canned_responses_shortcut_key": ("shortcut = 'hi'", "title = 'other', is_active = false, category = 'other'"),
    "canned_responses_title_key": ("", "is_active = false, category = 'other'"),
    "channel_routing_rules_name_key": ("", "priority = 9, is_active = false"),
    "communication_channels_name_key": ("", "type = 'other', status = 'inactive'"),
    "conversation_analytics_conversation_key": ("", "started_at = '2020-01-01', source = 'warehouse'"),
    "conversation_context_conversation_key": ("", "last_intent = 'other'"),
    "conversations_tenant_id_external_conversation_id_key": (
        "external_conversation_id = 'x'", "channel_type = 'other', customer_id = null"
    ),
    "customer_channel_preferences_channel_key": ("", "is_preferred = not is_preferred, opt_in = not opt_in"),
    "customer_consents_decision_key": ("", "granted = not granted, legal_basis = 'contract'"),
    "customer_profiles_tenant_id_email_key": ("", "external_id = 'other', status = 'blocked'"),
    "customer_profiles_tenant_id_external_id_key": ("external_id = 'x'", "email = 'other', status = 'blocked'"),
    "customer_sync_mapping_customer_key": ("", "external_id = 'other', external_entity_type = 'lead'"),
    "customer_sync_mapping_external_key": ("", "customer_profile_id = gen_random_uuid(), sync_status = 'error'"),
    "daily_metrics_cell_key": ("agent_id = null", "source = 'warehouse'"),
    "dashboard_configs_name_key": ("", "is_public = not is_public"),
    "erasure_requests_customer_key": ("", "status = 'held', requested_at = '2020-01-01'"),
    "extracted_content_url_key": ("", "title = 'other', content_type = 'faq'"),
    "file_attachments_path_key": ("", "conversation_id = gen_random_uuid(), filename = 'other'"),
    "file_deletions_path_key": ("", "reason = 'erasure', queued_at = '2020-01-01'"),
    "idx_alert_history_open": ("resolved_at = null", "triggered_at = '2020-01-01', threshold_value = 1"),
    "integration_field_mappings_field_key": ("", "transformation_rule = 'x', is_active = not is_active"),
    "integrations_name_key": ("", "type = 'helpdesk', provider = 'other', status = 'error'"),
    "intent_patterns_name_key": ("", "patterns = '{other}', is_active = not is_active"),
    "knowledge_categories_name_key": ("parent_id = null", "is_active = not is_active"),
    "knowledge_versions_version_key": ("", "title = 'other', content = 'other'"),
    "message_delivery_tracking_message_key": ("", "delivery_status = 'read', external_message_id = 'other'"),
    "message_templates_name_key": ("", "category = 'utility', status = 'rejected'"),
    "profiles_tenant_id_email_key": ("", "role = 'admin', is_active = not is_active, external_id = 'other'"),
    "profiles_tenant_id_external_id_key": ("external_id = 'x'", "email = 'other', role = 'admin'"),
    "report_deliveries_slot_key": ("", "state = 'sent', message_id = 'other', slot_at = '2020-01-01'"),
    "report_notices_slot_key": ("", "told_at = now(), attempts = 1"),
    "report_unsubscriptions_recipient_key": ("", "created_at = '2020-01-01'"),
    "scheduled_reports_tenant_id_slug_key": ("", "name = 'other', is_active = not is_active"),
    "sla_tracking_type_key": ("", "status = 'breached', target_time_seconds = 1"),
    "system_settings_tenant_id_setting_key_key": ("", "is_public = not is_public"),
    "tenant_business_hours_range_key": ("", "closes_at = '24:00'"),
    "tenant_business_schedules_valid_from_key": ("", "created_at = '2020-01-01'"),
    "tenant_special_days_range_key": ("opens_at = null, closes_at = null", "created_at = '2020-01-01'"),
    "tenants_slug_key": ("", "name = 'other', status = 'suspended'"),
    "webhook_events_external_key": ("external_event_id = 'x'", "event_type = 'other', channel_id = null"),
    "webhook_subscriptions_event_key": ("", "is_active = not is_active"),
    "widget_configurations_name_key": ("", "domain = 'other', status = 'inactive'"),
    "workflows_name_key": ("", "trigger_type = 'intent', is_active = not is_active"),
}  # fmt: skip
KEYS = """
    select name.relname, unique_index.indrelid::regclass::text, (
        select string_agg(quote_ident(attname), ', ') from pg_attribute
        where attrelid = unique_index.indrelid and attnum > 0 and attgenerated = '' and not attisdropped
    )
    from pg_index as unique_index
    inner join pg_class as name on name.oid = unique_index.indexrelid and name.relnamespace = 'public'::regnamespace
    where unique_index.indisunique and not unique_index.indisprimary and not exists (
        select from pg_constraint where contype = 'f' and conindid = unique_index.indexrelid
    )
"""


def _refused_by(connection: psycopg.Connection, table: str, columns: str, lacks: str, differs: str) -> str | None:
    """The key that refuses a second row; None where it is taken. No trigger mends or refuses anything."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("set local session_replication_role = replica")
            if lacks:
                connection.execute(f"update {table} set {lacks} where ctid = (select min(ctid) from {table})".encode())
            first = f"select * from {table} order by xmin::text::bigint desc, ctid limit 1"
            connection.execute(f"create temporary table second on commit drop as {first}".encode())
            connection.execute(f"update second set id = gen_random_uuid(), {differs}".encode())
            inserted = connection.execute(f"insert into {table} ({columns}) select {columns} from second".encode())
            assert inserted.rowcount == 1, table
    except errors.UniqueViolation as refusal:
        return refusal.diag.constraint_name
    return None


def test_of_each_key_there_is_one_row(connection: psycopg.Connection, acme: Tenant) -> None:
    found = {
        name: _refused_by(connection, table, columns, *ONCE[name])
        for name, table, columns in connection.execute(KEYS).fetchall()
    }
    assert found == {name: name for name in ONCE}
