"""ops.deleted_rows: what the warehouse notes of rows that are gone at the source, and until when.

Belongs here: that ledger, extract by extract. Not here: which of these rows raw keeps (`test_extract.py`).
"""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.extraction.extract import Extract
from tests.orchestration.conftest import add_conversation

pytestmark = pytest.mark.usefixtures("every_server")

Extractor = Callable[..., Extract]


@pytest.mark.parametrize("reason", ["retention", "correction"])
def test_what_came_back_is_noted_as_deleted_no_more(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, reason: str
) -> None:
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant)
    run_extract()
    for expected, statement in (
        (1, "delete from public.conversations where id = %(id)s"),
        (0, "insert into public.conversations (id, tenant_id) values (%(id)s, %(tenant)s)"),
    ):
        with psycopg.connect(databases.operational) as source:
            source.execute("select set_config('etl.reason', %s, true)", (reason,))
            source.execute(statement.encode(), {"id": conversation, "tenant": tenant})
        run_extract()
        with psycopg.connect(databases.warehouse) as warehouse:
            noted = warehouse.execute("select from ops.deleted_rows where id = %s", (conversation,))
            assert noted.rowcount == expected
