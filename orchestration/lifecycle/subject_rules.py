"""Which rows are about a person: of each table of the source, by which way they are found, and what of them is withheld.

Belongs here: the ways, found from the catalogue's foreign keys, and, where there is no key, said by hand. Not here: reading
the rows (`subject_tables.py`) and the file (`subject_export.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import psycopg

PERSON = "customer_profiles"

# Only the keys within public: a child's column beside the parent's id. Partitions repeat their parent's.
KEYS = """
    select child.relname, reference.attname, parent.relname
    from pg_catalog.pg_constraint as held
    inner join pg_catalog.pg_class as child on child.oid = held.conrelid and not child.relispartition
    inner join pg_catalog.pg_class as parent on parent.oid = held.confrelid
    cross join lateral unnest(held.conkey, held.confkey) as pair (child_column, parent_column)
    inner join pg_catalog.pg_attribute as reference
        on reference.attrelid = child.oid and reference.attnum = pair.child_column
    inner join pg_catalog.pg_attribute as referenced
        on referenced.attrelid = parent.oid and referenced.attnum = pair.parent_column and referenced.attname = 'id'
    where held.contype = 'f' and child.relnamespace = 'public'::regnamespace and parent.relnamespace = 'public'::regnamespace
    order by child.relname, reference.attname
"""
TABLES = """
    select relname from pg_catalog.pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
    order by relname
"""

OF_OTHERS = "may hold other people's data: given on request, after somebody has looked"
OF_STAFF = "where another person was when they worked"
OF_CHAIN = "machinery of the audit chain: digests, nothing readable"
OTHER_RECIPIENTS = "the addresses of the others who get it, too"

# No key leads from these to the person, but a column does; conversations that retention forgot the warehouse still knows.
BY_COLUMN = {
    "erasure_requests": "found.customer_id = %(customer)s",
    "legal_holds": "found.customer_id = %(customer)s or found.conversation_id in ({conversations})",
    "conversation_analytics": "found.conversation_id = any(%(landed)s) or found.conversation_id in ({conversations})",
}
# Their texts may name the person anywhere: a row counts when a whole value in it is one of the person's.
BY_MENTION = {
    "webhook_events": "payload",
    "webhook_logs": "payload",
    "sync_jobs": "error_details",
    "integration_audit_logs": "details",
    "playground_sessions": "test_conversations",
}
BY_ADDRESS = {
    "report_deliveries": "array[found.recipient]",
    "report_unsubscriptions": "array[found.recipient]",
    "scheduled_reports": "found.recipients",
    "alert_rules": "found.recipients",
    "alert_history": "found.sent_recipients",
}
ALSO = {"conversations": "; or it has no customer, and an address or a number that is the person's alone"}
WITHHELD = {
    "audit_logs": {
        "ip_address": OF_STAFF,
        "user_agent": OF_STAFF,
        "digests": OF_CHAIN,
        "previous_hash": OF_CHAIN,
        "row_hash": OF_CHAIN,
    },
    "webhook_events": {"payload": OF_OTHERS, "error_message": OF_OTHERS},
    "webhook_logs": {"payload": OF_OTHERS, "response_body": OF_OTHERS, "error_message": OF_OTHERS},
    "sync_jobs": {"error_details": OF_OTHERS},
    "integration_audit_logs": {"details": OF_OTHERS},
    "playground_sessions": {"test_conversations": OF_OTHERS},
    "scheduled_reports": {"recipients": OTHER_RECIPIENTS},
    "alert_rules": {"recipients": OTHER_RECIPIENTS},
    "alert_history": {"sent_recipients": OTHER_RECIPIENTS, "resolution_notes": OF_OTHERS},
}

_OF_TENANT = "the tenant's own set-up: about no customer"
_OF_AGENTS = "about the tenant's staff: other people's data"
_OF_SITE = "made from the tenant's website: about no customer"
_COUNTS = "counts of many people together"
LEFT_OUT = {
    "profiles": _OF_AGENTS + "; rows here name them by key only",
    "agent_availability": _OF_AGENTS,
    "agent_availability_events": _OF_AGENTS,
    "dashboard_configs": _OF_AGENTS,
    "daily_metrics": _COUNTS,
    "realtime_metrics": _COUNTS,
    "retention_runs": _COUNTS,
    "file_deletions": "what waits to be deleted from the storage: its rows, and whose they were, are gone",
    "export_jobs": "files of many people together, by the tenant's staff",
    "report_notices": "mails about reports that failed: about no customer",
    "website_scan_jobs": _OF_SITE,
    "extracted_content": _OF_SITE,
    "auto_generated_knowledge": _OF_SITE,
    **dict.fromkeys(
        (
            "tenants", "tenant_business_schedules", "tenant_business_hours", "tenant_special_days", "knowledge_categories",
            "knowledge_items", "knowledge_versions", "intent_patterns", "canned_responses", "communication_channels",
            "channel_routing_rules", "message_templates", "integrations", "integration_field_mappings", "webhook_subscriptions",
            "api_keys", "workflows", "widget_configurations", "system_settings",
        ),
        _OF_TENANT,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """How a table's rows about the person are found: a condition over `found`, the same in words, and what is withheld."""

    table: str
    condition: str
    reached_by: str
    withheld: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """The rules of all tables, and those that have none."""

    of_tables: list[Rule]
    unknown: list[str]


def load(source: psycopg.Connection) -> Rules:
    """The rules for the tables that there are."""
    tables = [name for (name,) in source.execute(TABLES).fetchall()]
    keys = [(str(child), str(column), str(parent)) for child, column, parent in source.execute(KEYS).fetchall()]
    audited = {str(name) for (name,) in source.execute("select table_name from app.audited_tables()").fetchall()}
    ways = reached(keys)
    found = [*_by_key(ways), *_by_hand(ways), _audit(ways, audited)]
    ruled = {rule.table for rule in found}
    return Rules(found, [name for name in tables if name not in ruled | LEFT_OUT.keys()])


def reached(keys: Iterable[tuple[str, str, str]]) -> dict[str, list[tuple[str, str]]]:
    """Each table that keys lead to from the person's, after its parents: by which columns, of which parents."""
    ways: dict[str, list[tuple[str, str]]] = {PERSON: []}
    known = list(keys)
    while new := [key for key in known if key[2] in ways and key[0] not in ways]:
        for child in dict.fromkeys(key[0] for key in new):
            ways[child] = []
    for child, column, parent in known:
        if parent in ways and child not in (PERSON, parent):
            ways[child].append((column, parent))
    return ways


def _by_key(ways: dict[str, list[tuple[str, str]]]) -> list[Rule]:
    return [
        Rule(
            table,
            condition(ways, table),
            "; ".join(f"{column} is a key of {parent}" for column, parent in by) + ALSO.get(table, "") or "its key",
            WITHHELD.get(table, {}),
        )
        for table, by in ways.items()
    ]


def condition(ways: dict[str, list[tuple[str, str]]], table: str) -> str:
    """Over `found`, a row of the table: that it is the person's."""
    if table == PERSON:
        return "found.id = %(customer)s"
    by_key = [f"found.{column} in ({ids(ways, parent)})" for column, parent in ways[table]]
    return " or ".join([*by_key, "found.id = any(%(unclaimed)s)"] if table == "conversations" else by_key)


def ids(ways: dict[str, list[tuple[str, str]]], table: str) -> str:
    """The keys of the person's rows of a table."""
    own = condition(ways, table)
    return f"select found.id from public.{table} as found where found.tenant_id = %(tenant)s and ({own})"  # noqa: S608 (the catalogue's names)


def _by_hand(ways: dict[str, list[tuple[str, str]]]) -> Iterable[Rule]:
    for table, told in BY_COLUMN.items():
        yield Rule(table, told.format(conversations=ids(ways, "conversations")), "its column, without a key")
    for table, column in BY_MENTION.items():
        mention = (
            f"exists (select from jsonb_path_query(found.{column}, '$.**') as leaf "
            "where jsonb_typeof(leaf) in ('string', 'number') and lower(leaf #>> '{}') = any(%(values)s))"
        )
        yield Rule(table, mention, f"a value of the person's in {column}", WITHHELD[table])
    for table, addresses in BY_ADDRESS.items():
        named = (
            f"exists (select from unnest({addresses}) as given "  # noqa: S608 (a constant)
            "where lower(coalesce(substring(given from '<([^<>]*)>\\s*$'), given)) = any(%(addresses)s))"
        )
        yield Rule(table, named, "the person's address", WITHHELD.get(table, {}))


def _audit(ways: dict[str, list[tuple[str, str]]], audited: set[str]) -> Rule:
    """What was logged of the person's rows; of those that are gone, by the customer that they had."""
    named = [
        f"found.entity_type = '{table}' and found.entity_id in ({ids(ways, table)})"
        for table in ways
        if table in audited
    ]
    gone = "%(customer)s::text in (found.changes #>> '{customer_id,old}', found.changes #>> '{customer_id,new}')"
    told = " or ".join([*named, gone, "found.entity_id = %(customer)s"])
    return Rule("audit_logs", told, "what it was logged about", WITHHELD["audit_logs"])
