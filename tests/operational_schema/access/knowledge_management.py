"""Who may do what to the tables of 002_knowledge_management.sql: articles, their versions and uses, intents.

Belongs here: a row of each table, who may select, insert, update, delete the tenant's rows, and what a new row needs. Not
here: trying it (`test_row_level_security.py`).
"""

from tests.operational_schema.access.people import ADMIN, MEMBERS, NOBODY, STAFF, VISITORS, Cells

ROWS = """
insert into public.knowledge_categories (id, tenant_id, name)
    values (md5(%(slug)s || 'category')::uuid, %(tenant)s, 'Returns');
insert into public.knowledge_items (id, tenant_id, category_id, title, content, source_type, is_public) values (
    md5(%(slug)s || 'item')::uuid, %(tenant)s, md5(%(slug)s || 'category')::uuid, 'Returns', 'Within 30 days.', 'manual', true
);
insert into public.knowledge_versions (tenant_id, knowledge_item_id, version, title, content)
    values (%(tenant)s, md5(%(slug)s || 'item')::uuid, 100, 'Returns', 'Within 14 days.');
insert into public.knowledge_analytics (tenant_id, knowledge_item_id, conversation_id)
    values (%(tenant)s, md5(%(slug)s || 'item')::uuid, %(conversation)s);
insert into public.intent_patterns (tenant_id, intent_name, language, patterns)
    values (%(tenant)s, 'return', 'en', array['send back']);
insert into public.conversation_context (tenant_id, conversation_id) values (%(tenant)s, %(conversation)s);
"""

ALLOWED: dict[str, Cells] = {
    "knowledge_categories": (MEMBERS | VISITORS, STAFF, STAFF, ADMIN),
    "knowledge_items": (MEMBERS | VISITORS, STAFF, STAFF, ADMIN),
    "knowledge_versions": (STAFF, NOBODY, NOBODY, NOBODY),
    "knowledge_analytics": (STAFF, STAFF, STAFF, ADMIN),
    "intent_patterns": (STAFF, ADMIN, ADMIN, ADMIN),
    "conversation_context": (STAFF, STAFF, STAFF, ADMIN),
}

VALUES: dict[str, str] = {
    "knowledge_categories": "tenant_id, name) values (%(tenant)s, 'new'",
    "knowledge_items": "tenant_id, title, content, source_type) values (%(tenant)s, 'new', 'x', 'manual'",
    "knowledge_versions": "tenant_id, knowledge_item_id, version, title, content) "
    "values (%(tenant)s, md5(%(slug)s || 'item')::uuid, 101, 'x', 'x'",
    "knowledge_analytics": "tenant_id, knowledge_item_id) values (%(tenant)s, md5(%(slug)s || 'item')::uuid",
    "intent_patterns": "tenant_id, intent_name, language, patterns) values (%(tenant)s, 'new', 'en', array['x']",
    "conversation_context": "tenant_id, conversation_id) values (%(tenant)s, %(second)s",
}

# What an update sets, where a row has no created_at, or nobody may set it.
UPDATES: dict[str, str] = {"knowledge_items": "tags = tags"}
