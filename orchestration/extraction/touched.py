"""What a landing has touched: the conversations, or whole tenants, whose marts may read differently now.

Belongs here: the rows of `ops.touched_…`, written in the transaction that lands. Not here: what is made of them
(dbt_project/models/staging/stg_working_set.sql) and when they are taken away (`orchestration/transformation/`).
"""

import psycopg
from psycopg import sql

from orchestration.extraction.table import Table

# A change of these may change every conversation of its tenant.
OF_WHOLE_TENANTS = {
    "tenants": "id",
    "system_settings": "tenant_id",
    "tenant_business_schedules": "tenant_id",
    "tenant_business_hours": "tenant_id",
    "tenant_special_days": "tenant_id",
}
# A change of these changes no conversation, but a mart that is built whole; other tables without a conversation none at all.
LISTS = {"knowledge_items": "tenant_id", "agent_availability": "tenant_id"}
# Rows of these count for themselves where they belong to no conversation.
RUNS = "workflow_executions"


def everything(warehouse: psycopg.Connection) -> None:
    """Say that no conversation is known to be as it was."""
    warehouse.execute("insert into ops.touched_everything default values on conflict do nothing")


def note(warehouse: psycopg.Connection, table: Table) -> None:
    """Note what the rows of `incoming` and `gone` belong to, and what they belonged to until now."""
    if table.name in OF_WHOLE_TENANTS:
        _note(warehouse, table, "touched_tenants", (OF_WHOLE_TENANTS[table.name],))
    elif table.name in LISTS:
        _note(warehouse, table, "touched_lists", (LISTS[table.name],))
    elif key := _conversation(table):
        _note(warehouse, table, "touched_conversations", ("tenant_id", key))
        if table.name == RUNS:
            _note(warehouse, table, "touched_runs", ("tenant_id", "id"), where="{}.conversation_id is null")


def _conversation(table: Table) -> str | None:
    if table.name == "conversations":
        return "id"
    return next((column.name for column in table.columns if column.name == "conversation_id"), None)


def _note(
    warehouse: psycopg.Connection, table: Table, touched: str, key: tuple[str, ...], *, where: str = "true"
) -> None:
    statement = sql.SQL(
        """
        insert into ops.{touched}
        select {came} from incoming as came where {first} is not null and {came_where}
        union
        select {landed} from raw.{table} as landed
        where landed.id in (select incoming.id from incoming union all select gone.id from gone)
            and {first_landed} is not null and {landed_where}
        on conflict do nothing
        """
    )
    warehouse.execute(
        statement.format(
            touched=sql.Identifier(touched),
            table=sql.Identifier(table.name),
            came=sql.SQL(", ").join(sql.Identifier("came", name) for name in key),
            landed=sql.SQL(", ").join(sql.Identifier("landed", name) for name in key),
            first=sql.Identifier("came", key[-1]),
            first_landed=sql.Identifier("landed", key[-1]),
            came_where=sql.SQL(where.format("came")),
            landed_where=sql.SQL(where.format("landed")),
        )
    )
