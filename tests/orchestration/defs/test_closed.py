"""O8: what `romashka dev` starts is heard on this machine only, and shows no secret to whoever looks.

Belongs here: its sockets, pages and files. Not here: what an operator does there (`test_ui.py`), and the secrets of tenants
(`tests/orchestration/test_secrets.py`). Nothing of ours is served read-only.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from operational_schema.seeding import seed
from orchestration.databases import Databases, ready
from orchestration.settings import load
from tests.orchestration.conftest import wait_for
from tests.orchestration.defs.served import Served
from tests.ports import free_port

pytestmark = pytest.mark.long

CANARY = "c0ffee5afe"
LISTENS = "0A"
SHOWN = """{
    instance { info runLauncher { name } }
    runsOrError { ... on Runs { results {
        runConfigYaml tags { key value }
        eventConnection { events {
            ... on MessageEvent { message }
            ... on DisplayableEvent { metadataEntries { label description __typename
                ... on TextMetadataEntry { text }
                ... on MarkdownMetadataEntry { mdStr }
                ... on JsonMetadataEntry { jsonString }
            } }
            ... on ErrorEvent { error { message stack causes { message } } }
        } }
    } } }
    allTopLevelResourceDetailsOrError(repositorySelector:
        {repositoryLocationName: "orchestration.definitions", repositoryName: "__repository__"}) {
        ... on ResourceDetailsList { results { name description configuredValues { key value } } }
    }
    workspaceOrError { ... on Workspace { locationEntries { displayMetadata { key value } } } }
}"""


@pytest.fixture
def databases(embedded_home: Path) -> Databases:
    """With passwords in their URLs, which the server does not ask for."""
    plain = ready(load())
    made = [url.replace("postgres@", f"postgres:{CANARY}@") for url in (plain.operational, plain.warehouse)]
    seed(plain.operational)
    return Databases(*made)


@pytest.fixture
def served(embedded_home: Path, databases: Databases) -> Iterator[Served]:
    """With a secret in every setting that may have one, and a mail server that is not there."""
    made = Served(
        embedded_home,
        ROMASHKA_OPERATIONAL_URL=databases.operational,
        ROMASHKA_WAREHOUSE_URL=databases.warehouse,
        ROMASHKA_SMTP_URL=f"smtp://mailer:{CANARY}@127.0.0.1:{free_port()}",
        ROMASHKA_MAIL_KEY=CANARY * 7,
        ROMASHKA_PSEUDONYM_KEY=CANARY * 7,
        ROMASHKA_SECRET_KEYS=f"k:{CANARY * 6}cafe",
    )
    yield made.start()
    made.end()


def ends(served: Served, job: str) -> str:
    """The status that a run of the job ends with."""
    run = served.launch(job)
    wait_for(lambda: served.statuses()[run] in ("SUCCESS", "FAILURE"), f"{job} ends")
    return served.statuses()[run]


def heard_at(process: Path) -> set[str]:
    """The addresses, as the kernel writes them, at which a process waits for connections."""
    held: set[str] = set()
    try:
        for file in (process / "fd").iterdir():
            with suppress(FileNotFoundError):
                held.add(str(file.readlink()))
        lines = [line.split() for kind in ("tcp", "tcp6") for line in (process / "net" / kind).read_text().splitlines()]
    except OSError:
        # The worker of a run may be at its end.
        if command(process):
            raise
        return set()
    return {line[1].split(":")[0] for line in lines if line[3] == LISTENS and f"socket:[{line[9]}]" in held}


def command(process: Path) -> bytes:
    """What it runs; nothing where it has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return (process / "cmdline").read_bytes()
    return b""


def files_with(text: str, folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if text.encode() in content(file)]


def content(file: Path) -> bytes:
    """None of a folder, nor of what went while the folder was read: SQLite's journals come and go."""
    try:
        return file.read_bytes() if file.is_file() else b""
    except FileNotFoundError:
        return b""


@pytest.mark.timeout(400)
def test_it_is_heard_here_only_and_shows_no_secret(served: Served, databases: Databases) -> None:
    """O8, S16: after runs that went well, that could not reach the mail server, and that were refused."""
    assert ends(served, "refresh") == "SUCCESS"
    assert ends(served, "reports") == "FAILURE"
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute("update ops.prepared set sha256 = 'that of before'")
    assert ends(served, "refresh") == "FAILURE"
    postgres = (served.home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]
    parts = [*served.parts(), Path("/proc") / postgres]
    assert len(parts) >= 5
    assert set().union(*map(heard_at, parts)) == {"0100007F"}, "127.0.0.1, in the kernel's order"
    assert not [part for part in parts if CANARY.encode() in command(part)]
    shown = json.dumps(served.ask(SHOWN))
    assert "that of another release" in shown, "it looks where errors are"
    assert CANARY not in shown
    assert files_with("that of another release", served.home / "dagster")
    for folder in ("dagster", "log", "reports"):
        assert files_with(CANARY, served.home / folder) == []
    assert CANARY not in served.log.read_text()
