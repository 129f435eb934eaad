"""The columns that hold envelopes: setting one, sealing all anew under the active key, and trying whether each opens.

Belongs here: rows. Not here: envelopes (`envelope.py`), keys (`secret_keys.py`), and what the command line says
(`orchestration/commands/secrets.py`). The columns are those of type app.envelope, wherever they stand.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from operational_schema import envelope
from operational_schema.envelope import Place
from operational_schema.errors import SchemaError
from operational_schema.secret_keys import KeyRing

BATCH = 200
FIRST = uuid.UUID(int=0)


@dataclass
class Findings:
    """How many envelopes there are by table and column and by key, how many were sealed anew, and what does not open."""

    envelopes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    sealed_anew: int = 0
    broken: list[str] = field(default_factory=list)

    def rows(self) -> list[tuple[str, str, int]]:
        """Column, key, envelopes."""
        return [(f"{table}.{column}", key, count) for (table, column, key), count in sorted(self.envelopes.items())]


def columns(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """Table and column of every secret."""
    return connection.execute(
        """
        select class.relname, attribute.attname
        from pg_attribute as attribute
        inner join pg_class as class on class.oid = attribute.attrelid
        where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p')
            and attribute.atttypid = to_regtype('app.envelope') and not attribute.attisdropped
        order by class.relname, attribute.attname
        """
    ).fetchall()


def set_secret(url: str, ring: KeyRing, *, column: str, row: uuid.UUID, secret: str) -> Place:
    """Seal a secret into `table.column` of a row; what stood there is gone. Returns the place.

    Raises SchemaError for a column that holds no secrets, a row that is not there, and for nothing to seal.
    """
    if not secret:
        raise SchemaError("there is nothing to seal: the secret is empty")
    with psycopg.connect(url) as connection:
        table, name = _known(connection, column)
        found = connection.execute(
            sql.SQL("select tenant_id from public.{} where id = %s for update").format(sql.Identifier(table)), (row,)
        ).fetchone()
        if found is None:
            raise SchemaError(f"{table} has no row {row}: name the id of one")
        place = Place(found[0], table, name, row)
        _write(connection, place, envelope.seal(secret, place, ring))
    return place


def rotate(
    url: str, ring: KeyRing, *, batch: int = BATCH, on_batch: Callable[[int], None] = lambda sealed: None
) -> Findings:
    """Seal anew whatever is not under the active key, a transaction per batch.

    A run that was killed is finished by the next, and a run too many changes nothing. What does not open stays as it is, and
    is among the findings.
    """
    findings = Findings()
    with psycopg.connect(url, autocommit=True) as connection:
        for table, column in columns(connection):
            last = FIRST
            while rows := _batch(connection, table, column, after=last, limit=batch):
                with connection.transaction():
                    sealed = sum(_sealed_anew(connection, place, ring, findings) for place, _ in rows)
                findings.sealed_anew += sealed
                on_batch(sealed)
                last = rows[-1][0].row
    return findings


def verify(url: str, ring: KeyRing, *, batch: int = BATCH) -> Findings:
    """Try every envelope; nothing is written and nothing that was sealed is kept or shown."""
    findings = Findings()
    with psycopg.connect(url, autocommit=True) as connection:
        for table, column in columns(connection):
            last = FIRST
            while rows := _batch(connection, table, column, after=last, limit=batch):
                for place, sealed in rows:
                    findings.envelopes[table, column, envelope.key_id(sealed)] += 1
                    _opens(sealed, place, ring, findings)
                last = rows[-1][0].row
    return findings


def _known(connection: psycopg.Connection, column: str) -> tuple[str, str]:
    known = columns(connection)
    for table, name in known:
        if column == f"{table}.{name}":
            return table, name
    listed = ", ".join(f"{table}.{name}" for table, name in known)
    raise SchemaError(f"this column holds no secrets: name one of {listed or 'those that romashka migrate makes'}")


def _batch(
    connection: psycopg.Connection, table: str, column: str, *, after: uuid.UUID, limit: int
) -> list[tuple[Place, str]]:
    rows = connection.execute(
        sql.SQL(
            "select tenant_id, id, {column} from public.{table} where id > %s and {column} is not null order by id limit %s"
        ).format(column=sql.Identifier(column), table=sql.Identifier(table)),
        (after, limit),
    ).fetchall()
    return [(Place(tenant, table, column, row), sealed) for tenant, row, sealed in rows]


def _sealed_anew(connection: psycopg.Connection, place: Place, ring: KeyRing, findings: Findings) -> bool:
    """Read again under a lock: whoever sets the secret in this moment is not overwritten."""
    found = connection.execute(
        sql.SQL("select {} from public.{} where tenant_id = %s and id = %s for update").format(
            sql.Identifier(place.column), sql.Identifier(place.table)
        ),
        (place.tenant, place.row),
    ).fetchone()
    if found is None or found[0] is None:
        return False
    sealed: str = found[0]
    key = envelope.key_id(sealed)
    secret = _opens(sealed, place, ring, findings)
    is_due = secret is not None and key != ring.active
    if is_due and secret is not None:
        _write(connection, place, envelope.seal(secret, place, ring))
    findings.envelopes[place.table, place.column, ring.active if is_due else key] += 1
    return is_due


def _opens(sealed: str, place: Place, ring: KeyRing, findings: Findings) -> str | None:
    try:
        return envelope.opened(sealed, place, ring)
    except SchemaError as broken:
        findings.broken.append(str(broken))
        return None


def _write(connection: psycopg.Connection, place: Place, sealed: str) -> None:
    connection.execute(
        sql.SQL("update public.{} set {} = %s where tenant_id = %s and id = %s").format(
            sql.Identifier(place.table), sql.Identifier(place.column)
        ),
        (sealed, place.tenant, place.row),
    )
