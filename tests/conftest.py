"""What every test stands on: one server per run and per kind, a template database, and a clone of it for each test.

Belongs here: servers, databases, and the browser. Not here: rows (each room's own conftest makes what its tests need).
"""

import os
import shutil
import signal
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright
from psycopg import sql

from operational_schema import migrate
from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer, wheel_binaries
from orchestration.transformation import plan
from orchestration.transformation.transform import Transformer

MEMORY, ROOM = Path("/dev/shm"), 8 * 2**30
UNSAFE_BUT_QUICK = (("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off"))
EMBEDDED = "embedded"
ON_PATH = "path"
BROWSER_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_configure() -> None:
    """A database is a thousand small files: where memory has room for all that tests leave, a clone takes a tenth of the time."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None
    # An example that took long met a busy machine; what has to be quick is for `make bench`.
    usual, slow = hypothesis.settings.default, hypothesis.HealthCheck.too_slow
    hypothesis.settings.register_profile("calm", usual, deadline=None, suppress_health_check=[slow])
    hypothesis.settings.load_profile("calm")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files go to the processes in this order: long ones one by one among the others, and none of them last."""
    # Two that wait for Dagster at once would leave the machine idle, and so would one when all the others are done.
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    long = [path for path, own in files.items() if own[0].get_closest_marker("long")]
    short = [path for path in files if path not in long]
    distance = len(short) // (len(long) + 1)
    for number, path in enumerate(long):
        short.insert(number * (distance + 1), path)
    items[:] = [item for path in short for item in files[path]]


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """A run in the background of a shell ignores Ctrl-C, and so would all that it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def binaries(kind: str) -> Path:
    """Folder of the server programs of that kind; the test is skipped, loudly, where the machine has none."""
    if kind == EMBEDDED:
        return wheel_binaries()
    postgres = shutil.which("postgres")
    if postgres is None:
        warnings.warn("NO POSTGRESQL ON PATH: tests run on the embedded server only", stacklevel=2)
        pytest.skip("NO POSTGRESQL ON PATH: install one to run this test on it too")
    return Path(postgres).resolve().parent


# Not for the session: its event loop would be in the way of tests that run one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; the test is skipped, loudly, where the machine has none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        warnings.warn("NO CHROMIUM: nothing was looked at in a browser", stacklevel=2)
        pytest.skip("NO CHROMIUM: install it to run this test")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=BROWSER_FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], EmbeddedServer]]:
    """A running server of each kind asked for, started once."""
    running: dict[str, EmbeddedServer] = {}

    def server(kind: str) -> EmbeddedServer:
        if kind not in running:
            programs = binaries(kind)
            # Not pytest's own folder: a second session closes it to the user whom root runs the server as.
            folder = Path(tempfile.mkdtemp(prefix=f"romashka-test-{kind}-"))
            running[kind] = EmbeddedServer(folder, binaries=programs, options=UNSAFE_BUT_QUICK)
            running[kind].start()
            _make_template(running[kind])
        return running[kind]

    yield server
    for each in running.values():
        each.stop()
        shutil.rmtree(each.folder, ignore_errors=True)


def _make_template(server: EmbeddedServer) -> None:
    execute(server.url("postgres"), "create database operational_template")
    migrate.up(server.url("operational_template"))


@pytest.fixture
def server(servers: Callable[[str], EmbeddedServer]) -> EmbeddedServer:
    """The embedded server; a module of tests that must hold on both kinds uses `every_server` instead."""
    return servers(EMBEDDED)


@pytest.fixture(params=[EMBEDDED, ON_PATH])
def every_server(request: pytest.FixtureRequest, servers: Callable[[str], EmbeddedServer]) -> EmbeddedServer:
    """Each kind of server in turn: ask for it before `operational_url`, which then follows."""
    return servers(request.param)


@pytest.fixture
def chosen_server(request: pytest.FixtureRequest) -> EmbeddedServer:
    """The server of this test."""
    chosen: EmbeddedServer = request.getfixturevalue(
        "every_server" if "every_server" in request.fixturenames else "server"
    )
    return chosen


@pytest.fixture
def new_database(chosen_server: EmbeddedServer) -> Iterator[Callable[..., str]]:
    """Makes databases that end with the test, and returns their URLs; `template=` names one to clone."""
    server = chosen_server
    made: list[str] = []

    def make(template: str = "template0") -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        statement = sql.SQL("create database {} template {} strategy file_copy")
        execute(server.url("postgres"), statement.format(sql.Identifier(name), sql.Identifier(template)))
        made.append(name)
        return server.url(name)

    yield make
    for name in made:
        execute(
            server.url("postgres"),
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)),
        )


@pytest.fixture
def empty_url(new_database: Callable[..., str]) -> str:
    """URL of an empty database."""
    return new_database()


@pytest.fixture
def operational_url(new_database: Callable[..., str]) -> str:
    """URL of a migrated operational database without rows."""
    return new_database(template="operational_template")


@pytest.fixture(scope="session")
def warehouse_template() -> Callable[[EmbeddedServer], str]:
    """The name of a prepared warehouse of that server, with the tables that readers see, to clone."""
    made: set[Path] = set()

    def template(server: EmbeddedServer) -> str:
        if server.folder not in made:
            execute(server.url("postgres"), "create database warehouse_template")
            url = server.url("warehouse_template")
            prepare(Databases(operational=server.url("operational_template"), warehouse=url))
            with psycopg.connect(url, autocommit=True) as warehouse:
                Transformer(warehouse, plan.load()).keep_promises()
            made.add(server.folder)
        return "warehouse_template"

    return template


@pytest.fixture
def databases(
    operational_url: str,
    new_database: Callable[..., str],
    chosen_server: EmbeddedServer,
    warehouse_template: Callable[[EmbeddedServer], str],
) -> Databases:
    """A migrated operational database and a prepared warehouse, both empty."""
    return Databases(operational=operational_url, warehouse=new_database(template=warehouse_template(chosen_server)))


def execute(url: str, statement: str | sql.Composable) -> None:
    """Run one statement by itself, outside a transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
