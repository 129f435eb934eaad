"""X10: rows that change while the log's triggers are off. That they were is in the catalogue, and the next extract looks there.

Belongs here: triggers that were off between two extracts, or over several. Not here: what is found by comparing alone
(`test_reconciling.py`).
"""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.extraction.extract import Extract
from orchestration.extraction.reconciling import reconcile
from tests.orchestration.conftest import KEY, add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw

pytestmark = pytest.mark.usefixtures("every_server")

Extractor = Callable[..., Extract]
Check = Callable[[], None]

ALTERED = "public.messages, or what logs its changes, was altered: all of it was compared"
OFF = "alter table public.messages disable trigger user"
ON = """
    do $$ declare each name; begin
        for each in select tgname from pg_trigger where tgrelid = 'public.messages'::regclass and not tgisinternal loop
            execute format('alter table public.messages enable always trigger %I', each);
        end loop;
    end $$
"""


def told(done: Extract) -> set[str]:
    return {line for line in done.notices if "public.messages" in line}


def at_the_source(databases: Databases, *statements: str) -> None:
    with psycopg.connect(databases.operational) as source:
        for statement in statements:
            source.execute(statement.encode())


@pytest.fixture
def landed(databases: Databases, tenant: uuid.UUID, run_extract: Extractor) -> None:
    """Two conversations, of which everything has landed."""
    with psycopg.connect(databases.operational) as source:
        for _ in range(2):
            add_conversation(source, tenant, "one", "two")
    run_extract()


@pytest.mark.usefixtures("landed")
def test_what_changed_while_the_triggers_were_off_arrives(
    databases: Databases, run_extract: Extractor, assert_equal: Check
) -> None:
    """It once stayed as it was until the next comparison by night."""
    at_the_source(
        databases, OFF, "update public.messages set is_internal = true where content = 'one'",
        "delete from public.messages where content = 'two'", ON,
    )  # fmt: skip
    done = run_extract()
    assert told(done) == {ALTERED}
    assert done.tables["messages"].changed > 0
    assert_equal()
    assert run_extract().notices == ()


@pytest.mark.usefixtures("landed")
def test_what_changed_over_several_extracts_arrives_when_they_are_on_again(
    databases: Databases, run_extract: Extractor, assert_equal: Check
) -> None:
    at_the_source(databases, OFF)
    run_extract()
    at_the_source(databases, "update public.messages set is_internal = true")
    assert "enable always its triggers" in next(iter(told(run_extract())))
    with pytest.raises(AssertionError):
        assert_equal()
    at_the_source(databases, ON)
    assert told(run_extract()) == {ALTERED}
    assert_equal()


@pytest.mark.parametrize("by", ["extract", "comparison"])
@pytest.mark.usefixtures("landed")
def test_what_was_truncated_meanwhile_stays_until_it_is_said_to_be_meant(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check, *, by: str
) -> None:
    """X9: its table halts alone. What follows it by TRUNCATE is taken out of the log: that would be told in another way."""
    at_the_source(
        databases, OFF, "truncate public.messages cascade", "set local etl.pruning = 'on'",
        "delete from etl.change where operation = 'T'", ON,
    )  # fmt: skip
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.conversations (tenant_id) values (%s)", (tenant,))
    before = rows_of_raw(databases.warehouse)["messages"]
    for _ in range(2):
        if by == "extract":
            halted = run_extract().halted
        else:
            halted = reconcile(databases.operational, databases.warehouse, pseudonym_key=KEY).skipped
        assert list(halted) == ["messages"]
        assert "public.messages is empty at the source without a word of the change log" in halted["messages"]
    landed = rows_of_raw(databases.warehouse)
    assert (len(before), landed["messages"], len(landed["conversations"])) == (4, before, 3)
    assert run_extract(full=True).halted == {}
    assert_equal()
