"""Who may do what to the tables of 005_integrations_channels.sql: channels, integrations, webhooks.

Belongs here: a row of each table, who may select, insert, update, delete the tenant's rows, and what a new row needs. Not
here: trying it (`test_row_level_security.py`).
"""

from tests.operational_schema.access.people import ADMIN, NOBODY, STAFF, Cells

ROWS = """
insert into public.communication_channels (id, tenant_id, name, type)
    values (md5(%(slug)s || 'channel')::uuid, %(tenant)s, 'Site', 'website');
insert into public.message_templates (tenant_id, name, language, category, template_content, channel_type)
    values (%(tenant)s, 'shipped', 'en', 'utility', '{}', 'whatsapp');
insert into public.customer_channel_preferences (tenant_id, customer_id, channel_type)
    values (%(tenant)s, %(customer)s, 'email');
insert into public.channel_routing_rules (tenant_id, name, conditions, target_channel_type)
    values (%(tenant)s, 'At night', '{}', 'email');
insert into public.messages (id, tenant_id, conversation_id, sender_type, content, channel_type)
    values (md5(%(slug)s || 'sent')::uuid, %(tenant)s, %(second)s, 'agent', 'on its way', 'whatsapp');
insert into public.webhook_events (tenant_id, event_type, source, payload)
    values (%(tenant)s, 'message', 'whatsapp', '{}');
insert into public.integrations (id, tenant_id, name, type, provider)
    values (md5(%(slug)s || 'integration')::uuid, %(tenant)s, 'Shop', 'ecommerce', 'shopify');
insert into public.integrations (id, tenant_id, name, type, provider)
    values (md5(%(slug)s || 'crm')::uuid, %(tenant)s, 'Contacts', 'crm', 'hubspot');
insert into public.integration_field_mappings (
    tenant_id, integration_id, source_entity, target_entity, source_field, target_field
) values (%(tenant)s, md5(%(slug)s || 'integration')::uuid, 'customer', 'contact', 'email', 'email');
insert into public.sync_jobs (tenant_id, integration_id, job_type, direction)
    values (%(tenant)s, md5(%(slug)s || 'integration')::uuid, 'full_sync', 'inbound');
insert into public.webhook_subscriptions (id, tenant_id, integration_id, event_type, webhook_url)
    values (md5(%(slug)s || 'subscription')::uuid, %(tenant)s, md5(%(slug)s || 'integration')::uuid, 'resolved', 'https://shop.example/hook');
insert into public.customer_sync_mapping (tenant_id, customer_profile_id, integration_id, external_id, external_entity_type)
    values (%(tenant)s, %(customer)s, md5(%(slug)s || 'integration')::uuid, 'c1', 'contact');
insert into public.webhook_logs (tenant_id, integration_id, webhook_subscription_id, event_type)
    values (%(tenant)s, md5(%(slug)s || 'integration')::uuid, md5(%(slug)s || 'subscription')::uuid, 'resolved');
insert into public.integration_audit_logs (tenant_id, integration_id, action)
    values (%(tenant)s, md5(%(slug)s || 'integration')::uuid, 'create');
insert into public.api_keys (tenant_id, name, key_prefix, key_hash, scopes)
    values (%(tenant)s, 'Shop', 'rk_01234567', encode(sha256(%(slug)s::bytea), 'hex'), array['read']);
"""

ALLOWED: dict[str, Cells] = {
    "communication_channels": (STAFF, ADMIN, ADMIN, ADMIN),
    "message_templates": (STAFF, ADMIN, ADMIN, ADMIN),
    "customer_channel_preferences": (STAFF, STAFF, STAFF, ADMIN),
    "channel_routing_rules": (STAFF, ADMIN, ADMIN, ADMIN),
    "message_delivery_tracking": (STAFF, NOBODY, NOBODY, NOBODY),
    "webhook_events": (ADMIN, NOBODY, NOBODY, NOBODY),
    "integrations": (STAFF, ADMIN, ADMIN, ADMIN),
    "integration_field_mappings": (STAFF, ADMIN, ADMIN, ADMIN),
    "sync_jobs": (STAFF, ADMIN, NOBODY, NOBODY),
    "webhook_subscriptions": (ADMIN, ADMIN, ADMIN, ADMIN),
    "customer_sync_mapping": (STAFF, NOBODY, NOBODY, NOBODY),
    "webhook_logs": (ADMIN, NOBODY, NOBODY, NOBODY),
    "integration_audit_logs": (ADMIN, NOBODY, NOBODY, NOBODY),
    "api_keys": (ADMIN, NOBODY, ADMIN, NOBODY),
}

VALUES: dict[str, str] = {
    "communication_channels": "tenant_id, name, type) values (%(tenant)s, 'new', 'email'",
    "message_templates": "tenant_id, name, language, category, template_content, channel_type) "
    "values (%(tenant)s, 'new', 'en', 'utility', '{}', 'sms'",
    "customer_channel_preferences": "tenant_id, customer_id, channel_type) values (%(tenant)s, %(customer)s, 'sms'",
    "channel_routing_rules": "tenant_id, name, conditions, target_channel_type) values (%(tenant)s, 'new', '{}', 'sms'",
    "message_delivery_tracking": "tenant_id, message_id, channel_type) "
    "values (%(tenant)s, md5(%(slug)s || 'sent')::uuid, 'sms'",
    "webhook_events": "tenant_id, event_type, source, payload) values (%(tenant)s, 'x', 'api', '{}'",
    "integrations": "tenant_id, name, type, provider) values (%(tenant)s, 'new', 'crm', 'hubspot'",
    "integration_field_mappings": "tenant_id, integration_id, source_entity, target_entity, source_field, "
    "target_field) "
    "values (%(tenant)s, md5(%(slug)s || 'integration')::uuid, 'customer', 'contact', 'x', 'x'",
    "sync_jobs": "tenant_id, integration_id, job_type, direction) "
    "values (%(tenant)s, md5(%(slug)s || 'integration')::uuid, 'full_sync', 'inbound'",
    "webhook_subscriptions": "tenant_id, integration_id, event_type, webhook_url) "
    "values (%(tenant)s, md5(%(slug)s || 'integration')::uuid, 'new', 'https://x.example'",
    "customer_sync_mapping": "tenant_id, customer_profile_id, integration_id, external_id, external_entity_type) "
    "values (%(tenant)s, %(customer)s, md5(%(slug)s || 'crm')::uuid, 'c2', 'lead'",
    "webhook_logs": "tenant_id, integration_id, event_type) values (%(tenant)s, md5(%(slug)s || 'crm')::uuid, 'x'",
    "integration_audit_logs": "tenant_id, integration_id, action) "
    "values (%(tenant)s, md5(%(slug)s || 'integration')::uuid, 'sync'",
    "api_keys": "tenant_id, name, key_prefix, key_hash, scopes) "
    "values (%(tenant)s, 'new', 'rk_89abcdef', repeat('0', 64), array['read']",
}

# What changes nothing of a delivery is not written.
UPDATES: dict[str, str] = {
    "api_keys": "name = name",
    "message_delivery_tracking": "retry_count = retry_count + 1",
    "message_templates": "name = name",
}
