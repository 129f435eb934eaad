"""X9: a table that somebody emptied with TRUNCATE never empties the warehouse by itself.

Belongs here: what is refused, and until when. Not here: TRUNCATE amid an extract (`test_locked_tables.py`).
"""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.extraction.extract import Extract
from tests.orchestration.conftest import add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw

pytestmark = pytest.mark.usefixtures("every_server")

Extractor = Callable[..., Extract]
Check = Callable[[], None]

ANOTHER_EPOCH = "update etl.log_epoch set epoch = gen_random_uuid()"
HALT = "alter table public.messages rename column ordinal to place"
MEND = "alter table public.messages rename column place to ordinal"


@pytest.mark.parametrize("with_it", [None, ANOTHER_EPOCH])
def test_it_halts_everything_until_it_is_said_to_be_meant(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check, *, with_it: str | None
) -> None:
    """Also where all is compared for another reason: that reason once let it pass."""
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello")
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute("truncate public.messages cascade")
        if with_it:
            source.execute(with_it.encode())
    for _ in range(2):
        with pytest.raises(WarehouseError, match="truncated at the source: message_delivery_tracking, messages"):
            run_extract()
    assert len(rows_of_raw(databases.warehouse)["messages"]) == 1
    run_extract(full=True)
    assert_equal()
    assert rows_of_raw(databases.warehouse)["messages"] == set()
    assert run_extract().full_because is None


def test_a_table_that_is_to_be_read_as_a_whole_is_no_exception(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor
) -> None:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello")
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute(HALT.encode())
        source.execute(ANOTHER_EPOCH.encode())
    assert list(run_extract().halted) == ["messages"]
    with psycopg.connect(databases.operational) as source:
        source.execute(MEND.encode())
        source.execute("truncate public.messages cascade")
    with pytest.raises(WarehouseError, match="truncated at the source: message_delivery_tracking, messages"):
        run_extract()
    assert len(rows_of_raw(databases.warehouse)["messages"]) == 1


def test_a_log_that_was_capped_still_says_so(databases: Databases, tenant: uuid.UUID, run_extract: Extractor) -> None:
    """X9 and X16: the comparison that a cap leads to once took all of the table for deleted."""
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello")
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute("truncate public.messages cascade")
        source.execute("update public.tenants set name = name || '!'")
    with psycopg.connect(databases.operational) as source:
        source.execute("select public.cap_change_log(1)")
    for _ in range(2):
        with pytest.raises(WarehouseError, match="truncated at the source: message_delivery_tracking, messages"):
            run_extract()
    assert len(rows_of_raw(databases.warehouse)["messages"]) == 1
    assert run_extract(full=True).tables["messages"].rows == 0
    assert run_extract().full_because is None


def test_before_the_first_extract_there_is_nothing_to_lose(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello")
        source.execute("truncate public.messages cascade")
    run_extract()
    assert_equal()
