"""X10: what the change log never heard of is found by comparing, and mended.

Belongs here: reconcile, between real databases. Not here: following the log (`test_extract.py`, `test_any_history.py`).
"""

import random
import uuid
from collections.abc import Callable
from functools import partial

import psycopg
import pytest
from psycopg import sql

from operational_schema import seeding
from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.extraction import comparing
from orchestration.extraction.comparing import Difference
from orchestration.extraction.extract import Extract
from orchestration.extraction.reconciling import Reconciliation, reconcile
from orchestration.extraction.tables import TABLES
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY
from tests.orchestration.extraction.conftest import rows_of_raw

pytestmark = pytest.mark.usefixtures("every_server")

Compare = Callable[..., Reconciliation]


@pytest.fixture
def compare(databases: Databases) -> Compare:
    return partial(reconcile, databases.operational, databases.warehouse, pseudonym_key=KEY)


@pytest.fixture
def landed(databases: Databases, run_extract: Callable[..., Extract]) -> Databases:
    """Databases with the demonstration rows, landed."""
    seeding.seed(databases.operational)
    run_extract()
    return databases


def unheard(url: str, *statements: str) -> None:
    """Do something of which the log knows nothing afterwards, and no other trigger either."""
    with psycopg.connect(url) as session:
        session.execute("set local session_replication_role = replica")
        for statement in statements:
            session.execute(statement.encode())
        session.execute("set local etl.pruning = 'on'")
        session.execute("delete from etl.change")


def kinds(differences: tuple[Difference, ...]) -> dict[str, tuple[int, int, int]]:
    """Missing, extra and unlike by table."""
    found: dict[str, tuple[int, int, int]] = {}
    for each in differences:
        before = found.get(each.table, (0, 0, 0))
        found[each.table] = (before[0] + each.missing, before[1] + each.extra, before[2] + each.unlike)
    return found


def test_what_was_landed_rightly_is_alike(landed: Databases, compare: Compare) -> None:
    done = compare()
    assert (done.differences, done.skipped) == ((), {})
    assert done.rows.keys() == {table.name for table in TABLES}
    assert all(done.rows[name] > 0 for name in ("messages", "customer_profiles", "knowledge_items", "tenants"))


def test_what_nobody_logged_is_found_and_mended(
    landed: Databases, compare: Compare, assert_equal: Callable[[], None]
) -> None:
    unheard(
        landed.operational,
        "update public.messages set content = content || ' and more words' where ordinal % 3 = 0",
        "delete from public.conversation_events where event_type = 'rating'",
        "insert into public.knowledge_analytics (tenant_id, knowledge_item_id) select tenant_id, id from public.knowledge_items",
        "update public.customer_profiles set language = 'nl'",
        "update public.tenants set name = name || '!', timezone = 'Asia/Tokyo'",
    )
    with pytest.raises(AssertionError):
        assert_equal()
    said = compare(is_dry=True)
    found = kinds(said.differences)
    assert found.keys() == {"messages", "conversation_events", "knowledge_analytics", "customer_profiles", "tenants"}
    assert found["conversation_events"][:2] == (0, found["conversation_events"][1])
    with pytest.raises(AssertionError):
        assert_equal()
    assert kinds(compare().differences) == found
    assert_equal()
    assert compare().differences == ()


def test_the_ledger_says_what_was_mended(landed: Databases, compare: Compare) -> None:
    kept = "select id from public.conversation_notes limit 1"
    unheard(landed.operational, f"delete from public.conversation_notes where id <> ({kept})")
    compare(is_dry=True)
    done = compare()
    with psycopg.connect(landed.warehouse) as warehouse:
        noted = warehouse.execute("select rows_compared, rows_mended from ops.reconciliations").fetchall()
        buckets = warehouse.execute("select table_name, sum(extra) from ops.reconciled_buckets group by 1").fetchall()
    assert noted == [
        (sum(done.rows.values()), done.differences[0].rows + sum(each.rows for each in done.differences[1:]))
    ]
    assert buckets == [("conversation_notes", noted[0][1])]


def test_a_table_that_is_empty_without_a_word_of_the_log_is_left_alone(
    landed: Databases, compare: Compare, run_extract: Callable[..., Extract], assert_equal: Callable[[], None]
) -> None:
    """X9: TRUNCATE that the log lost. The nightly comparison once emptied raw after it, and was through."""
    before = rows_of_raw(landed.warehouse)["conversation_notes"]
    unheard(landed.operational, "truncate public.conversation_notes", "update public.tenants set name = name || '!'")
    assert kinds(compare(is_dry=True).differences)["conversation_notes"] == (0, len(before), 0)
    done = compare()
    assert kinds(done.differences).keys() == {"tenants"}
    assert done.skipped.keys() == {"conversation_notes"}
    assert "is empty at the source" in done.skipped["conversation_notes"]
    assert rows_of_raw(landed.warehouse)["conversation_notes"] == before
    run_extract(full=True)
    assert_equal()
    assert compare().skipped == {}


def test_the_marts_follow_what_was_mended(databases: Databases, compare: Compare) -> None:
    seeding.seed(databases.operational)
    refresh(databases, pseudonym_key=KEY)
    unheard(databases.operational, "update public.messages set is_internal = true")
    compare()
    refresh(databases, pseudonym_key=KEY)
    with psycopg.connect(databases.warehouse) as warehouse:
        assert warehouse.execute("select sum(total_messages) from marts.conversation_analytics").fetchone() == (0,)


def test_changes_in_the_log_are_no_findings(
    landed: Databases, compare: Compare, assert_equal: Callable[[], None]
) -> None:
    with psycopg.connect(landed.operational) as source:
        source.execute("update public.messages set content = 'x'")
        source.execute("delete from public.conversation_notes")
    assert compare().differences == ()
    assert_equal()


def test_a_number_that_is_written_otherwise_is_no_finding(
    landed: Databases, compare: Compare, run_extract: Callable[..., Extract]
) -> None:
    """100.00 is 100: no refresh lands it, and every comparison said once that it had mended it."""
    for revenue in ("100", "100.00"):
        with psycopg.connect(landed.operational) as source:
            source.execute(
                "update public.conversations set business_context = jsonb_build_object('revenue_generated', %s::jsonb)",
                (revenue,),
            )
        run_extract()
    assert compare().differences == ()


def test_facts_that_outlive_their_rows_are_no_findings(landed: Databases, compare: Compare) -> None:
    with psycopg.connect(landed.operational) as source:
        source.execute("delete from public.legal_holds")
        source.execute("set etl.reason = 'retention'")
        source.execute("delete from public.conversations where status in ('resolved', 'closed')")
    assert compare().differences == ()
    with psycopg.connect(landed.warehouse) as warehouse:
        kept = warehouse.execute(
            "select count(*) from raw.conversations where status in ('resolved', 'closed')"
        ).fetchone()
    assert kept and kept[0] > 0


def test_values_that_landed_as_something_else_are_no_findings(
    landed: Databases, run_extract: Callable[..., Extract], compare: Compare
) -> None:
    with psycopg.connect(landed.operational) as source:
        source.execute(
            "update public.messages set created_at = '20000-01-01' where id = (select id from public.messages limit 1)"
        )
    run_extract()
    assert compare().differences == ()


def test_a_row_with_such_a_value_is_compared_all_the_same(
    landed: Databases, run_extract: Callable[..., Extract], compare: Compare
) -> None:
    """What landed as infinity is infinity on both sides; the other columns are held against each other."""
    with psycopg.connect(landed.operational) as source:
        (key,) = source.execute(
            "update public.messages set created_at = '20000-01-01' where id = (select id from public.messages limit 1) "
            "returning id"
        ).fetchone()  # type: ignore[misc]
    run_extract()
    unheard(landed.operational, f"update public.messages set is_internal = not is_internal where id = '{key}'")
    (found,) = compare().differences
    assert (found.table, found.month, found.unlike, found.rows) == ("messages", None, 1, 1)
    assert compare().differences == ()
    with psycopg.connect(landed.warehouse) as warehouse:
        assert warehouse.execute("select count(*) from ops.rejected_rows where id = %s", (key,)).fetchone() == (1,)


def test_more_than_fits_is_compared_in_parts(
    landed: Databases, compare: Compare, assert_equal: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    unheard(landed.operational, "update public.messages set is_internal = not is_internal")
    whole = compare(is_dry=True).differences
    assert len(whole) > 1
    monkeypatch.setattr(comparing, "KEYS_AT_ONCE", 2)
    assert compare().differences == whole
    assert_equal()


def test_triggers_that_are_off_are_told(landed: Databases, run_extract: Callable[..., Extract]) -> None:
    assert run_extract().notices == ()
    with psycopg.connect(landed.operational) as source:
        source.execute("alter table public.messages enable trigger change_log_delete")
        source.execute("drop trigger change_log_insert on public.messages")
        source.execute("alter table public.messages disable trigger change_log_moved")
    altered, line = run_extract().notices
    assert altered.startswith("public.messages, or what logs its changes, was altered")
    assert (
        "changes of public.messages: enable always its triggers change_log_delete, change_log_insert, change_log_moved"
        in line
    )


def test_raw_that_somebody_changed_is_mended(
    landed: Databases, compare: Compare, assert_equal: Callable[[], None]
) -> None:
    chance = random.Random(7)
    with psycopg.connect(landed.warehouse) as warehouse:
        for table in TABLES:
            name = sql.Identifier("raw", table.name)
            keys = [key for (key,) in warehouse.execute(sql.SQL("select id from {}").format(name))]
            lost = chance.sample(keys, min(2, len(keys)))
            warehouse.execute(sql.SQL("delete from {} where id = any(%s)").format(name), (lost,))
        warehouse.execute(
            "insert into raw.conversation_notes (id, tenant_id, conversation_id, is_internal) values (%s, %s, %s, true)",
            (uuid.uuid4(), uuid.uuid4(), uuid.uuid4()),
        )
    assert len({each.table for each in compare().differences}) == len(TABLES)
    assert_equal()


def test_without_a_common_snapshot_there_is_nothing_to_compare(databases: Databases, compare: Compare) -> None:
    with pytest.raises(WarehouseError, match="nothing has landed so far; run romashka refresh"):
        compare()
