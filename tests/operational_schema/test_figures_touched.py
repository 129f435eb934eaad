"""Each change of a transfer or of an article's use on which a conversation's figures stand computes them anew.

Belongs here: changes one by one, by hand. Not here: whole stories (`test_functions_analytics.py`).
"""

from typing import Any

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant
from tests.operational_schema.test_functions_analytics import COLUMNS, WRONG

pytestmark = pytest.mark.usefixtures("every_server")

CHANGES = (
    "update public.conversation_transfers set from_agent_id = %(admin)s",
    "update public.conversation_transfers set conversation_id = %(second)s",
    "update public.conversation_transfers set status = 'rejected'",
    "delete from public.conversation_transfers",
    "update public.knowledge_analytics set conversation_id = %(second)s",
    "update public.knowledge_analytics set was_helpful = false",
    "update public.knowledge_analytics set knowledge_item_id = (select id from public.knowledge_items where title = 'Other') "
    "where was_helpful",
    "delete from public.knowledge_analytics where was_helpful",
)


def _figures(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"select conversation_id, {COLUMNS} from public.conversation_analytics order by 1".encode()
    ).fetchall()


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_moves_a_figure_moves_the_one_that_is_kept(
    change: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    for prepare in (
        "insert into public.knowledge_items (tenant_id, title, content, source_type) values (%(tenant)s, 'Other', 'x', 'manual')",
        "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
        "values (%(tenant)s, %(conversation)s, 'ai', 'x'), (%(tenant)s, %(second)s, 'ai', 'x')",
        "insert into public.knowledge_analytics (tenant_id, knowledge_item_id, conversation_id, was_helpful) "
        "select tenant_id, knowledge_item_id, conversation_id, true from public.knowledge_analytics",
        "update public.conversation_transfers set status = 'accepted'",
    ):
        connection.execute(prepare.encode(), vars(acme))
    connection.execute(
        "select app.measure_conversations(tenant_id, array_agg(id)) from public.conversations group by tenant_id"
    )
    before = _figures(connection)
    assert connection.execute(change.encode(), vars(acme)).rowcount > 0
    assert _figures(connection) != before
    assert connection.execute(WRONG.encode()).fetchall() == []
