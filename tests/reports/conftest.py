"""Two tenants with a daily report each, marts made by a real refresh, and an SMTP server that answers as it is told."""

import json
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from operational_schema import importing
from orchestration.databases import Databases, prepare
from orchestration.refresh import refresh

NINE = datetime(2026, 3, 3, 9, tzinfo=UTC)


def conversation(
    tenant: str, name: str, created: str, *events: dict[str, Any], channel: str = "email"
) -> dict[str, Any]:
    return {
        "tenant": tenant, "conversation_id": name, "channel": channel, "created_at": created, "events": list(events),
    }  # fmt: skip


def said(at: str, sender: str, **more: Any) -> dict[str, Any]:
    return {"at": at, "type": "message", "sender": sender, "text": "…", **more}


# 2 March 2026, UTC: two conversations of A, one answered after 60 s and one after 120 s; one of B on a channel of its own.
HISTORY = [
    {"kind": "tenant", "slug": "a", "name": "=HYPERLINK(\"http://x\") Ünïcode & Söhne", "timezone": "UTC"},
    {"kind": "tenant", "slug": "b", "name": "Tenant B", "timezone": "UTC"},
    conversation(
        "a", "a1", "2026-03-02T10:00:00Z", said("2026-03-02T10:00:00Z", "customer"), said("2026-03-02T10:01:00Z", "agent"),
        {"at": "2026-03-02T11:00:00Z", "type": "status", "status": "resolved"},
        {"at": "2026-03-02T11:30:00Z", "type": "rating", "score": 4},
    ),
    conversation(
        "a", "a2", "2026-03-02T12:00:00Z", said("2026-03-02T12:00:00Z", "customer"),
        said("2026-03-02T12:02:00Z", "ai", confidence=0.8), channel="sms",
    ),
    conversation("a", "a0", "2026-03-01T12:00:00Z", said("2026-03-01T12:00:00Z", "customer")),
    conversation("b", "b1", "2026-03-02T12:00:00Z", said("2026-03-02T12:00:00Z", "customer"), channel="canary_channel_of_b"),
]  # fmt: skip


@pytest.fixture(scope="module")
def filled(servers: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    """Names of an operational database and a warehouse with the history refreshed: templates of each test's own."""
    server = servers("embedded")
    names = [f"reports_{kind}_{uuid.uuid4().hex[:8]}" for kind in ("operational", "warehouse")]
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {names[0]} template operational_template")
        connection.execute(f"create database {names[1]}")
    databases = Databases(*map(server.url, names))
    prepare(databases)
    lines = [json.dumps(line) for line in HISTORY]
    file = Path(str(server.folder)) / "history.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    importing.import_file(databases.operational, file)
    refresh(databases, pseudonym_key="k" * 32)
    yield (names[0], names[1])


@pytest.fixture
def databases(filled: tuple[str, str], new_database: Callable[..., str]) -> Databases:
    """Both, with a daily report of each tenant to two recipients."""
    made = Databases(new_database(template=filled[0]), new_database(template=filled[1]))
    with psycopg.connect(made.operational) as connection:
        connection.execute(
            "insert into public.scheduled_reports (tenant_id, slug, name, report_type, schedule_cron, recipients, "
            "additional_formats) select id, 'daily', 'Daily', 'performance', '0 9 * * *', "
            "array['one@' || slug || '.example', 'two@' || slug || '.example'], '{excel}' from public.tenants"
        )
    return made


@dataclass
class ScriptedServer:
    """An SMTP server on a real socket. `script` maps a recipient to what happens to it, one entry per attempt:
    a reply to RCPT, or `drop-before-data`, `drop-after-dot`; nothing more means 250."""

    script: dict[str, list[str]] = field(default_factory=dict)
    received: list[tuple[str, bytes]] = field(default_factory=list)
    port: int = 0

    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            # Closing flushes, too: a client that has hung up must not end the server.
            with suppress(OSError, ValueError), client, client.makefile("rwb") as stream:
                self.converse(stream)

    def converse(self, stream: Any) -> None:
        def reply(text: str) -> None:
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        reply("220 test")
        recipient, planned = "", "250 ok"
        for line in stream:
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipient = line.decode().split("<")[1].split(">")[0]
                plans = self.script.get(recipient, [])
                planned = plans.pop(0) if plans else "250 ok"
                reply("250 ok" if planned.startswith("drop") else planned)
            elif verb == b"DATA":
                if planned == "drop-before-data":
                    return
                reply("354 go on")
                content = b"".join(iter(stream.readline, b".\r\n"))
                self.received.append((recipient, content))
                if planned == "drop-after-dot":
                    return
                reply("250 ok")
            elif verb == b"QUIT":
                reply("221 bye")
                return
            else:
                reply("250 ok")


@pytest.fixture
def smtp_server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
