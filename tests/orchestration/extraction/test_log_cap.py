"""X16: a log that nobody reads ends at its cap; whoever comes back compares every row, and nothing was forgotten meanwhile.

Belongs here: `cap_change_log()` and the extract after it. Not here: a log that somebody pruned by hand (`test_identity.py`).
"""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.extraction.extract import Extract
from tests.orchestration.conftest import add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw

pytestmark = pytest.mark.usefixtures("every_server")


def cap(databases: Databases, rows: int) -> int:
    with psycopg.connect(databases.operational) as source:
        capped = source.execute("select public.cap_change_log(%s)", (rows,)).fetchone()
    assert capped
    return int(capped[0])


def test_beyond_the_cap_the_log_ends_and_the_next_extract_compares_every_row(
    databases: Databases, tenant: uuid.UUID, run_extract: Callable[..., Extract]
) -> None:
    with psycopg.connect(databases.operational) as source:
        old, deleted = (add_conversation(source, tenant, "old") for _ in range(2))
    run_extract()
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, *("meanwhile" for _ in range(50)))
    for conversation, reason in ((old, "retention"), (deleted, "")):
        with psycopg.connect(databases.operational) as source:
            source.execute("select set_config('etl.reason', %s, true)", (reason,))
            source.execute("delete from public.conversations where id = %s", (conversation,))
    assert cap(databases, 100_000) == 0
    assert cap(databases, 40) > 50
    with psycopg.connect(databases.operational) as source:
        assert source.execute("select count(*) from etl.change").fetchone() == (0,)
        assert source.execute("select app.has_landed()").fetchone() == (False,), "retention waits"
    assert run_extract().full_because == "somebody has pruned the change log of the source"
    found = {row[0] for row in rows_of_raw(databases.warehouse)["conversations"]}
    assert (len(found), old in found, deleted in found) == (2, True, False)
    assert len(rows_of_raw(databases.warehouse)["messages"]) == 51
    assert run_extract().full_because is None


def test_a_log_with_gaps_is_counted(
    databases: Databases, tenant: uuid.UUID, run_extract: Callable[..., Extract]
) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute("update public.tenants set name = 'a'")
        for _ in range(50):
            source.execute("select nextval('etl.change_sequence_seq')")
        source.execute("update public.tenants set name = 'b'")
    assert cap(databases, 40) == 0
