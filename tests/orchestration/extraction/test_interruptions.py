"""Interrupted extracts: whatever dies, and wherever, the next extract ends equal to the source.

Belongs here: kill −9, the network amid the rows, two at once. Not here: partners that say nothing (`test_silence.py`), another
or older source (`test_identity.py`).
"""

import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from orchestration.databases import Databases
from orchestration.embedded import EmbeddedServer
from orchestration.errors import WarehouseError
from orchestration.extraction import reconciling, state
from orchestration.extraction.extract import Extract, extract
from tests.orchestration.conftest import KEY, add_conversation
from tests.orchestration.extraction import killed
from tests.orchestration.extraction.proxy import proxied

Extractor = Callable[..., Extract]
Check = Callable[[], None]

# Blocks of COPY that the tables before the messages do not have, and the messages do.
AMID_MESSAGES = 300


def _write(databases: Databases, tenant: uuid.UUID, messages: int = 2) -> None:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, *(f"message {number}" for number in range(messages)))


def _told(url: str) -> object:
    with psycopg.connect(url) as source:
        return source.execute("select snapshot::text from etl.acknowledged").fetchone()


@pytest.mark.parametrize("first", [True, False], ids=["first", "next"])
@pytest.mark.parametrize("step", ["table tenants", f"block {AMID_MESSAGES}", "table messages", "landed", "committed"])
def test_killed_at_any_step_the_next_extract_is_equal(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check, *, step: str, first: bool
) -> None:
    """X11: after reading, amid a COPY, half through landing, before the commit, and between the commit and the pruning."""
    _write(databases, tenant, messages=2 * AMID_MESSAGES)
    if not first:
        run_extract()
        _write(databases, tenant, messages=2 * AMID_MESSAGES)
    told = _told(databases.operational)
    arguments = [sys.executable, "-m", killed.__name__, databases.operational, databases.warehouse, KEY, step]
    done = subprocess.run(arguments, capture_output=True, check=False, cwd=Path.cwd())
    assert done.returncode == -9, done.stderr
    assert _told(databases.operational) == told, "told too early, retention would delete what has not landed"
    again = run_extract()
    assert_equal()
    if step == "committed":
        assert (again.full_because, again.tables["messages"].changed) == (None, 0), "what has landed lands once"
    with psycopg.connect(databases.operational) as source:
        assert source.execute("select count(*) from etl.change").fetchone() == (0,)


@pytest.mark.parametrize("fault", ["cut", "silent"])
@pytest.mark.parametrize("side", ["operational", "warehouse"])
def test_a_network_that_fails_amid_the_rows_is_tried_again(
    databases: Databases, tenant: uuid.UUID, server: EmbeddedServer, assert_equal: Check, *, side: str, fault: str
) -> None:
    """X12: cut mid-COPY; and half open, where the connection stays and nothing comes any more."""
    _write(databases, tenant, messages=2000)
    where = conninfo_to_dict(getattr(databases, side))
    budget = 60_000 if side == "operational" else 3_000
    with proxied(str(server.sockets / ".s.PGSQL.5432"), fault=fault, budget=budget) as proxy:
        user = where.get("user") or "postgres"
        through = f"postgresql://{user}@127.0.0.1:{proxy.port}/{where['dbname']}?sslmode=disable"
        urls = {"operational": databases.operational, "warehouse": databases.warehouse, side: through}

        def mend(step: str, name: str) -> None:
            if proxy.cut:
                proxy.fault = None

        with pytest.raises(WarehouseError, match="the extract was cut off"):
            extract(urls["operational"], urls["warehouse"], pseudonym_key=KEY, silent_seconds=1.0, waits=())
        assert proxy.cut
        proxy.fault = None
        extract(urls["operational"], urls["warehouse"], pseudonym_key=KEY, on_step=mend)
    assert_equal()


def end_sessions(url: str) -> int:
    """As a restart or a fail-over of the server does; returns how many."""
    with psycopg.connect(url, autocommit=True) as other:
        return other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        ).rowcount


def test_a_lost_connection_is_tried_again_by_itself(
    databases: Databases, tenant: uuid.UUID, assert_equal: Check
) -> None:
    """X12: the server ends the session."""
    _write(databases, tenant)
    ended = []

    def end_once(step: str, name: str) -> None:
        if name == "messages" and not ended:
            ended.append(end_sessions(databases.operational))

    extract(databases.operational, databases.warehouse, pseudonym_key=KEY, on_step=end_once, waits=(0.1,))
    assert ended[0] > 0
    assert_equal()


GIVES_UP_ONCE = """
    create sequence etl.asked;
    create or replace function etl.pseudonym(tenant_id uuid, id uuid) returns uuid language plpgsql as $$ begin
        if nextval('etl.asked') = 1 then
            raise exception 'canceling statement due to conflict with recovery' using errcode = '{}';
        end if;
        return id;
    end $$
"""


@pytest.mark.parametrize("code", ["40001", "57014", "40P01"])
def test_a_statement_that_the_server_gives_up_is_tried_again(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check, *, code: str
) -> None:
    """X29: for a conflict, on somebody's word, as one of a deadlock."""
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.customer_profiles (tenant_id, email) values (%s, 'a@example.org')", (tenant,)
        )
        source.execute(GIVES_UP_ONCE.format(code).encode())
    assert run_extract(waits=(0.1,)).tables["customer_profiles"].inserted == 1
    assert_equal()
    with psycopg.connect(databases.operational) as source:
        source.execute("alter sequence etl.asked restart; update public.customer_profiles set language = 'nl'")
    with pytest.raises(
        WarehouseError, match="cut off: canceling statement due to conflict with recovery; nothing was half"
    ):
        run_extract(waits=())


def test_cut_off_after_the_commit_it_still_says_what_has_landed(databases: Databases, tenant: uuid.UUID) -> None:
    """X12: the second attempt has nothing to land, and that was all that was told."""
    _write(databases, tenant)
    ended = []

    def end_once(step: str, name: str) -> None:
        if step == "committed" and not ended:
            ended.append(end_sessions(databases.warehouse))

    done = extract(databases.operational, databases.warehouse, pseudonym_key=KEY, on_step=end_once, waits=(0.1,))
    assert ended[0] > 0
    assert (done.full_because, done.tables["messages"].inserted, done.tables["messages"].rows) == (
        "first extract",
        2,
        2,
    )


@pytest.mark.parametrize("when", ["comparing", "telling the source"])
def test_a_comparison_that_loses_its_connection_is_made_again_and_says_what_it_mended(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check,
    monkeypatch: pytest.MonkeyPatch, *, when: str,
) -> None:  # fmt: skip
    """X12: once mended, the second comparison finds nothing, and that must not be what is told."""
    _write(databases, tenant)
    run_extract()
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute("update raw.messages set ordinal = ordinal + 1")
    ended, telling = [], reconciling.acknowledge

    def end_once() -> None:
        if not ended:
            ended.append(end_sessions(databases.warehouse))

    def tell(*told: Any, **how: Any) -> int:
        if when == "telling the source":
            end_once()
        return telling(*told, **how)

    monkeypatch.setattr(reconciling, "acknowledge", tell)
    done = reconciling.reconcile(
        databases.operational, databases.warehouse, pseudonym_key=KEY,
        on_table=lambda name: end_once() if (when, name) == ("comparing", "messages") else None,
    )  # fmt: skip
    assert ended[0] > 0
    assert [(each.table, each.unlike) for each in done.differences] == [("messages", 2)]
    assert_equal()


def test_of_two_extracts_at_once_the_second_waits_and_lands_what_came_meanwhile(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """X13, X26: an older window never lands after a younger one, not even where it had written nothing when that came."""
    _write(databases, tenant)
    run_extract()
    _write(databases, tenant)
    others: list[threading.Thread] = []
    reading = state.read

    def start_other(warehouse: psycopg.Connection) -> state.State | None:
        if not others:
            with psycopg.connect(databases.operational) as source:
                source.execute("update public.conversations set priority = 'urgent'")
            others.append(threading.Thread(target=run_extract))
            others[0].start()
            others[0].join(timeout=2)
        return reading(warehouse)

    monkeypatch.setattr(state, "read", start_other)
    run_extract()
    others[0].join(timeout=60)
    assert_equal()


def test_what_commits_while_an_extract_is_acknowledged_stays_in_the_log(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """Only what the snapshot saw is pruned."""
    _write(databases, tenant)
    run_extract(on_step=lambda step, name: _write(databases, tenant) if step == "committed" else None)
    assert run_extract().tables["messages"].inserted == 2
    assert_equal()


def test_a_warehouse_that_cannot_be_written_says_so_and_stays_as_it_was(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """X23."""
    run_extract()
    _write(databases, tenant)
    read_only = (
        f"{databases.warehouse}{'&' if '?' in databases.warehouse else '?'}options=-cdefault_transaction_read_only%3Don"
    )
    with pytest.raises(WarehouseError, match="read-only"):
        extract(databases.operational, read_only, pseudonym_key=KEY)
    assert run_extract().full_because is None
    assert_equal()
