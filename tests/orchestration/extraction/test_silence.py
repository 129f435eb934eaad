"""Partners that say nothing: one that is gone is given up, one that is at work is waited for.

Belongs here: silence, wherever it falls. Not here: what is cut or killed (`test_interruptions.py`).
"""

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from orchestration import databases as both
from orchestration.databases import Databases, one_refresh_at_a_time
from orchestration.embedded import EmbeddedServer
from orchestration.errors import WarehouseError
from orchestration.extraction.extract import Extract, extract
from orchestration.extraction.sessions import connect, watched
from tests.orchestration.conftest import KEY, PATIENCE_SECONDS, add_conversation
from tests.orchestration.extraction.proxy import proxied
from tests.ports import free_port

Extractor = Callable[..., Extract]
Check = Callable[[], None]

KEPT_ALIVE = """
    select
        current_setting('tcp_keepalives_idle'), current_setting('tcp_keepalives_interval'),
        current_setting('tcp_keepalives_count'), current_setting('tcp_user_timeout')
"""


def write(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "one", "two")


@pytest.mark.parametrize("step", ["landed", "committed"])
@pytest.mark.parametrize("side", ["operational", "warehouse"])
def test_silence_is_noticed_wherever_it_falls(
    databases: Databases, tenant: uuid.UUID, server: EmbeddedServer, assert_equal: Check, *, side: str, step: str
) -> None:
    """X12 outside of COPY: at the commit, and while the source is told. Nothing there once had an end."""
    write(databases, tenant)
    where = conninfo_to_dict(getattr(databases, side))
    with proxied(str(server.sockets / ".s.PGSQL.5432")) as proxy:
        through = (
            f"postgresql://{where.get('user') or 'postgres'}@127.0.0.1:{proxy.port}/{where['dbname']}?sslmode=disable"
        )
        urls = {"operational": databases.operational, "warehouse": databases.warehouse, side: through}

        def fall_silent(name: str, table: str) -> None:
            if name == step and not proxy.cut:
                proxy.budget, proxy.fault = 0, "silent"

        with pytest.raises(WarehouseError, match="the extract was cut off"):
            extract(
                urls["operational"],
                urls["warehouse"],
                pseudonym_key=KEY,
                on_step=fall_silent,
                silent_seconds=1.0,
                waits=(),
            )
        assert proxy.cut
        proxy.fault = None
        extract(urls["operational"], urls["warehouse"], pseudonym_key=KEY)
    assert_equal()


def test_one_statement_may_take_longer_than_silence_may_last(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """X12: a comparison of all rows was once hung up after half an hour, and again, and never came to an end."""
    run_extract()
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute(
            "create function raw.takes_its_time() returns trigger language plpgsql "
            "as $$ begin perform pg_sleep(4); return null; end $$"
        )
        warehouse.execute(
            "create trigger takes_its_time before insert on raw.messages execute function raw.takes_its_time()"
        )
    write(databases, tenant)
    assert run_extract(silent_seconds=1.0, waits=()).tables["messages"].inserted == 2
    assert_equal()


def test_silence_is_noticed_after_a_long_wait_for_another_landing(databases: Databases, server: EmbeddedServer) -> None:
    """X13: nothing is watched as long as its lock is waited for, and the watch once ended with that."""
    where = conninfo_to_dict(databases.warehouse)
    with proxied(str(server.sockets / ".s.PGSQL.5432")) as proxy, watched(seconds=0.2) as watch:
        time.sleep(1)
        through = f"host=127.0.0.1 port={proxy.port} user=postgres dbname={where['dbname']} sslmode=disable"
        with psycopg.connect(through) as silent:
            proxy.budget, proxy.fault = 0, "silent"
            watch.add(silent)
            answers = list[object]()

            def ask() -> None:
                try:
                    silent.execute("select 1")
                except psycopg.OperationalError as error:
                    answers.append(error)

            asking = threading.Thread(target=ask, daemon=True)
            asking.start()
            asking.join(timeout=PATIENCE_SECONDS)
            assert answers


def idle_until_asked(connection: psycopg.Connection) -> int:
    """After how many seconds without a word the system asks whether the other side is there."""
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        return line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)


def test_both_sides_notice_that_a_host_has_died(tmp_path: Path) -> None:
    """X12, X13: what a dead one holds ends within a minute, instead of the two hours of the system's default."""
    listening = EmbeddedServer(
        tmp_path / "tcp", options=(("listen_addresses", "127.0.0.1"), ("port", str(free_port())))
    )
    listening.start()
    try:
        port = dict(listening.options)["port"]
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        with connect(url) as session, both.connect(url) as any_other:
            first = session.execute(KEPT_ALIVE).fetchone()
            asked = [idle_until_asked(each) for each in (session, any_other)]
        with one_refresh_at_a_time(url), psycopg.connect(url) as other:
            holder = other.execute("select count(*) from pg_locks where locktype = 'advisory'").fetchone()
    finally:
        listening.stop()
    assert (first, holder, asked) == (("20", "10", "3", "60000"), (1,), [20, 20])
