"""The two databases: where they are, and that they are ours and ready.

Belongs here: URLs from settings, creation on the embedded server, connecting with an error that a person can use,
and the one lock that keeps refreshes apart. Not here: what is read from or written to them.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from operational_schema import migrate, session
from orchestration.embedded import EmbeddedServer
from orchestration.errors import WarehouseError
from orchestration.extraction import raw_tables
from orchestration.extraction.sessions import NETWORK, last_as_long_as_we_do
from orchestration.settings import Settings

OPERATIONAL = "operational"
WAREHOUSE = "warehouse"
REFRESH_LOCK = 7_305_571_142
OUR_SCHEMAS = ("raw", "staging", "intermediate", "build", "facts", "marts", "ops", "detached")


@dataclass(frozen=True)
class Databases:
    """URLs of the operational database and of the warehouse."""

    operational: str
    warehouse: str


def embedded_server(settings: Settings) -> EmbeddedServer:
    """The server that serves every database without a URL of its own."""
    return EmbeddedServer(settings.home / "postgres")


def ready(settings: Settings) -> Databases:
    """Both URLs; starts the embedded server, and creates its databases, where it has to serve them."""
    server = embedded_server(settings)
    if settings.operational_url is None or settings.warehouse_url is None:
        server.start()
    return Databases(
        operational=settings.operational_url or _on_embedded(server, OPERATIONAL),
        warehouse=settings.warehouse_url or _on_embedded(server, WAREHOUSE),
    )


def prepare(databases: Databases) -> list[str]:
    """Bring both databases to the present schema. Returns the migrations applied.

    Raises SchemaError or WarehouseError for a database that is not ours, or a migration that fails.
    """
    with connect(databases.operational) as source, connect(databases.warehouse) as warehouse:
        for connection, url in ((source, databases.operational), (warehouse, databases.warehouse)):
            _refuse_other_encodings(connection, url)
            _refuse_shared_sessions(connection, url)
    applied = migrate.up(databases.operational)
    with connect(databases.warehouse) as warehouse:
        _refuse_foreign_warehouse(warehouse)
        statements = _statements()
        warehouse.execute(statements.encode())
        raw_tables.create_raw_tables(warehouse)
        warehouse.execute(
            "insert into ops.prepared (sha256) values (%s) on conflict (only_row) do update set sha256 = excluded.sha256",
            (_digest(statements),),
        )
    return applied


def require_prepared(databases: Databases) -> None:
    """Raise one clear line unless both databases have the present schema, and sessions of their own."""
    with connect(databases.operational) as source:
        _refuse_shared_sessions(source, databases.operational)
        migrate.require_current(databases.operational)
    with connect(databases.warehouse) as warehouse:
        _refuse_shared_sessions(warehouse, databases.warehouse)
        if not _exists(warehouse, "ops.extract_state"):
            raise WarehouseError(
                f"{describe(databases.warehouse)} is not prepared as a warehouse: run romashka migrate"
            )
        if not _exists(warehouse, "ops.prepared") or warehouse.execute(
            "select sha256 from ops.prepared"
        ).fetchone() != (_digest(_statements()),):
            raise WarehouseError(f"{describe(databases.warehouse)} is that of another release: run romashka migrate")


def _statements() -> str:
    return files("orchestration").joinpath("warehouse.sql").read_text(encoding="utf-8")


def _digest(statements: str) -> str:
    return hashlib.sha256(statements.encode()).hexdigest()


def connect(url: str) -> psycopg.Connection:
    """Open a connection, without the server's own limits of time; whatever keeps it from opening is told in one line."""
    try:
        connection = psycopg.connect(url, autocommit=True, **NETWORK)  # type: ignore[arg-type]
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise WarehouseError(f"cannot reach {describe(url)}: {reason}; check the URL, or start the server") from error
    except psycopg.ProgrammingError:
        # Without libpq's own words, which repeat a part of the password.
        raise WarehouseError(
            "the URL of a database cannot be read: write postgresql://user:password@host/database"
        ) from None
    last_as_long_as_we_do(connection)
    connection.autocommit = False
    return connection


def describe(url: str) -> str:
    """The URL as a person may see it: database, host and port, no password."""
    parts = conninfo_to_dict(url)
    host, port = parts.get("host") or "localhost", parts.get("port")
    return f"database {parts.get('dbname')} at {host}" + (f":{port}" if port else "")


def count_rows(connection: psycopg.Connection, schema: str, relation: str) -> int:
    """How many rows a table or view has."""
    counted = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, relation))
    row = connection.execute(counted).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def one_refresh_at_a_time(warehouse_url: str) -> Iterator[None]:
    """Hold the warehouse's refresh lock; waits while another process holds it. It dies with its session."""
    with connect(warehouse_url) as connection:
        connection.autocommit = True
        connection.execute("select pg_advisory_lock(%s)", (REFRESH_LOCK,))
        yield


def _on_embedded(server: EmbeddedServer, database: str) -> str:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", (database,)).fetchone()
        if not known:
            # Another process of ours may be quicker.
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
    return server.url(database)


def _exists(connection: psycopg.Connection, relation: str) -> bool:
    row = connection.execute("select to_regclass(%s) is not null", (relation,)).fetchone()
    return bool(row and row[0])


def _refuse_other_encodings(connection: psycopg.Connection, url: str) -> None:
    """Texts pass from one database into the other as they are: where letters are other bytes, they would be other letters."""
    if (found := connection.info.parameter_status("server_encoding")) != "UTF8":
        raise WarehouseError(f"{describe(url)} is encoded in {found}: make it anew, with encoding 'UTF8'")


def _refuse_shared_sessions(connection: psycopg.Connection, url: str) -> None:
    """Behind a pooler in transaction mode no lock keeps two refreshes apart, and temporary tables are somebody else's."""
    connection.autocommit = True
    if session.are_shared(connection, url):
        raise WarehouseError(
            f"{describe(url)} is reached through a pooler that shares sessions between transactions: use its own address "
            "(on Supabase port 5432, not 6543)"
        )
    connection.autocommit = False


def _refuse_foreign_warehouse(warehouse: psycopg.Connection) -> None:
    """A schema of one of our names that we did not make holds somebody else's tables."""
    if _exists(warehouse, "ops.extract_state"):
        return
    found = warehouse.execute(
        "select nspname from pg_namespace where nspname = any(%s) order by nspname", (list(OUR_SCHEMAS),)
    ).fetchall()
    if found:
        names = ", ".join(name for (name,) in found)
        raise WarehouseError(
            f"the warehouse database has schemas of another owner ({names}): "
            "set ROMASHKA_WAREHOUSE_URL to an empty database"
        )
