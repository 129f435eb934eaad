"""What the audit trail costs those who work, against the same without its triggers; and how fast it is verified.

Belongs here: single changes, a bulk import, a message, and verification. Not here: what is logged.
"""

import time
import uuid
from collections.abc import Iterator
from statistics import median

import psycopg

from operational_schema import audit_checkpoint, migrate
from orchestration.embedded import EmbeddedServer
from tests.benchmarks.figure import Figure

ROUNDS = 7
CHANGES = 100
IMPORTED = 20_000
TABLES = ("conversations", "customer_profiles")

STATUS = """
    update public.conversations set status = case status when 'active' then 'open' else 'active' end
    where id = (select id from public.conversations where tenant_id = %(tenant)s limit 1 offset %(number)s)
"""
MESSAGE = """
    insert into public.messages (tenant_id, conversation_id, sender_type, content)
    select tenant_id, id, 'customer', 'hello' from public.conversations
    where tenant_id = %(tenant)s limit 1 offset %(number)s
"""
CUSTOMER = "insert into public.customer_profiles (tenant_id, name) values (%(tenant)s, %(number)s::text)"
IMPORT = """
    insert into public.customer_profiles (tenant_id, name) select %(tenant)s, n::text from generate_series(1, %(many)s) as n
"""


def audit(server: EmbeddedServer) -> Iterator[Figure]:
    """Each kind of write with and without the triggers in turn, in the same run."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("create database bench_audit")
    url = server.url("bench_audit")
    migrate.up(url)
    tenant = uuid.uuid4()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("insert into public.tenants (id, slug, name) values (%s, 'bench', 'Bench')", (tenant,))
        connection.execute(
            "insert into public.conversations (tenant_id) select %s from generate_series(1, %s)", (tenant, CHANGES)
        )
        for name, statement in (("status_change", STATUS), ("new_customer", CUSTOMER), ("message", MESSAGE)):
            yield Figure(f"audit.{name}.to_unaudited", _ratio(connection, tenant, statement), "ratio")
        yield Figure("audit.import.to_unaudited", _import_ratio(connection, tenant), "ratio")
        yield from _verification(connection, url)


def _ratio(connection: psycopg.Connection, tenant: uuid.UUID, statement: str) -> float:
    """Each in a transaction of its own; the median round of both ways, the ways in turn."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(ROUNDS):
        for audited in (True, False):
            _switch(connection, on=audited)
            began = time.perf_counter()
            for number in range(CHANGES):
                connection.execute(statement.encode(), {"tenant": tenant, "number": number})
            seconds[audited].append(time.perf_counter() - began)
    _switch(connection, on=True)
    return median(seconds[True]) / median(seconds[False])


def _import_ratio(connection: psycopg.Connection, tenant: uuid.UUID) -> float:
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(ROUNDS):
        for audited in (True, False):
            _switch(connection, on=audited)
            began = time.perf_counter()
            with connection.transaction():
                connection.execute("set local app.import = 'on'")
                connection.execute(IMPORT.encode(), {"tenant": tenant, "many": IMPORTED})
            seconds[audited].append(time.perf_counter() - began)
    _switch(connection, on=True)
    return median(seconds[True]) / median(seconds[False])


def _verification(connection: psycopg.Connection, url: str) -> Iterator[Figure]:
    began = time.perf_counter()
    verified = audit_checkpoint.verify(url)
    seconds = time.perf_counter() - began
    if verified.lines:
        raise RuntimeError(f"the trail of the benchmark does not hold: {verified.lines}")
    yield Figure("audit.verify.entries_per_second", verified.entries / seconds, "1/s")


def _switch(connection: psycopg.Connection, *, on: bool) -> None:
    for table in TABLES:
        triggers = connection.execute(
            "select tgname from pg_trigger where tgrelid = to_regclass('public.' || %s) and tgname like 'audit\\_%%'",
            (table,),
        ).fetchall()
        for (trigger,) in triggers:
            how = "enable always" if on else "disable"
            connection.execute(f"alter table public.{table} {how} trigger {trigger}")
