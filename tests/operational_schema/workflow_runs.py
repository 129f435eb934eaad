"""Running workflows in tests, and looking at what they left.

Belongs here: what the tests of steps and of runs share. Not here: the fixture that makes workflows (`conftest.py`).
"""

import uuid
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.operational_schema.conftest import Tenant

Step = dict[str, Any]
Run = dict[str, Any]


def run(
    connection: psycopg.Connection, workflow: uuid.UUID | None, conversation: uuid.UUID | None, **context: object
) -> Run:
    """Execute a workflow; the row of the run."""
    row = connection.execute(
        "select public.execute_workflow(%s, %s, %s)", (workflow, conversation, Jsonb(context))
    ).fetchone()
    assert row
    return look(connection, row[0])


def look(connection: psycopg.Connection, execution: uuid.UUID) -> Run:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute("select * from public.workflow_executions where id = %s", (execution,)).fetchone()
    assert found
    return found


def state(connection: psycopg.Connection, conversation: uuid.UUID) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute("select * from public.conversations where id = %s", (conversation,)).fetchone()
    assert found
    return found


def message(content: str) -> Step:
    return {"type": "send_message", "content": content}


def said(connection: psycopg.Connection, acme: Tenant) -> list[str]:
    """What workflows have written, in order."""
    rows = connection.execute(
        "select content from public.messages where conversation_id = %s and sender_type = 'system' order by ordinal",
        (acme.conversation,),
    )
    return [content for (content,) in rows]
