"""One table on both sides: counts and digests by bucket, and landing the rows of those that are not alike.

Belongs here: buckets, comparing and mending them. Not here: which tables, and at which snapshot (`reconciling.py`). A bucket is
a tenant's month of a table. Its digest is a sum, so that no order matters; a row's is PostgreSQL's own hash of its text, which
both servers write alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg
from psycopg import sql

from orchestration.extraction import landing
from orchestration.extraction.landing import Pipe
from orchestration.extraction.rejecting import CONDITIONS, REPLACEMENTS
from orchestration.extraction.snapshot import Snapshot
from orchestration.extraction.table import Column, Table

# What a row is dated by, the first that it has; tables without are one bucket for each tenant.
INSTANTS = ("created_at", "occurred_at", "transfer_time", "started_at")
# Keys of both sides that are held at once: a table is read once for so many, not once for each bucket.
KEYS_AT_ONCE = 200_000
NOBODY = UUID(int=0)
Bucket = tuple[UUID | None, date | None]
Buckets = dict[Bucket, tuple[int, int]]
Digests = dict[Bucket, dict[UUID, int]]


@dataclass(frozen=True)
class Difference:
    """A bucket that was not the same on both sides: rows there and here, and keys missing here, too many, and unlike."""

    table: str
    tenant_id: UUID | None
    month: date | None
    source_rows: int
    landed_rows: int
    missing: int
    extra: int
    unlike: int

    @property
    def rows(self) -> int:
        """All of them."""
        return self.missing + self.extra + self.unlike


@dataclass(frozen=True)
class Comparison:
    """One table on both sides."""

    snapshot: Snapshot
    warehouse: psycopg.Connection
    table: Table

    def differences(self, *, mend: bool) -> tuple[int, list[Difference]]:
        """Rows compared, and the buckets that differ, mended one by one."""
        there, here = (
            _buckets(connection, rows)
            for connection, rows in ((self.snapshot.connection, self._there()), (self.warehouse, self._here()))
        )
        differ = [bucket for bucket in there.keys() | here.keys() if there.get(bucket) != here.get(bucket)]
        found = []
        for together in _together(sorted(differ, key=str), there, here):
            theirs = _digests(self.snapshot.connection, self._there(), together)
            ours = _digests(self.warehouse, self._here(), together)
            for bucket in together:
                keys = (theirs.get(bucket, {}), ours.get(bucket, {}))
                counts = (there.get(bucket, (0, 0))[0], here.get(bucket, (0, 0))[0])
                found.append(self._difference(bucket, *keys, *counts, mend=mend))
        return sum(rows for rows, _ in there.values()), found

    def is_emptied(self) -> bool:
        """Whether the source has no row at all, and raw has some that should be there."""
        return not _has_rows(self.snapshot.connection, self._there()) and _has_rows(self.warehouse, self._here())

    @property
    def _values(self) -> sql.Composed:
        """The columns as they are compared: 1.50 is no other number than 1.5, and a landing leaves what is no other."""
        return sql.SQL(", ").join(
            sql.SQL("trim_scale({})" if column.type == "numeric" else "{}").format(sql.Identifier(column.name))
            for column in self.table.columns
        )

    @property
    def _columns(self) -> sql.Composed:
        return sql.SQL(", ").join(sql.Identifier(column.name) for column in self.table.columns)

    @property
    def _month(self) -> sql.Composable:
        instant = next((name for name in INSTANTS if name in {column.name for column in self.table.columns}), None)
        if instant is None:
            return sql.SQL("null::date")
        return sql.SQL("case when isfinite({0}) then date_trunc('month', {0} at time zone 'UTC')::date end").format(
            sql.Identifier(instant)
        )

    def _rows(self, source: sql.Composable) -> sql.Composed:
        """Key, tenant, month and digest of each row of a query."""
        tenant = sql.Identifier("id" if self.table.name == "tenants" else "tenant_id")
        return sql.SQL(
            "select id, {tenant} as tenant_id, {month} as month, hashtextextended(row({values})::text, 0) as digest "
            "from ({source}) as compared"
        ).format(tenant=tenant, month=self._month, values=self._values, source=source)

    def _there(self) -> sql.Composed:
        """The source's rows as they land: what cannot be kept is replaced."""
        expressions = sql.SQL(", ").join(
            sql.SQL("({})::{} as {}").format(sql.SQL(each.expression), sql.SQL(each.type), sql.Identifier(each.name))
            for each in self.table.columns
        )
        return self._rows(
            sql.SQL("select {} from (select {} from public.{} where {}) as told").format(
                sql.SQL(", ").join(map(_kept, self.table.columns)),
                expressions, sql.Identifier(self.table.name), sql.SQL(self.table.where),
            )
        )  # fmt: skip

    def _here(self) -> sql.Composed:
        """The landed rows, but for the facts that outlive their rows."""
        return self._rows(
            sql.SQL(
                "select {columns} from raw.{table} as landed where not exists (select from ops.deleted_rows as noted "
                "where noted.table_name = {name} and noted.id = landed.id and noted.reason = 'retention')"
            ).format(columns=self._columns, table=sql.Identifier(self.table.name), name=sql.Literal(self.table.name))
        )

    def _difference(
        self, bucket: Bucket, theirs: dict[UUID, int], ours: dict[UUID, int], there: int, here: int, *, mend: bool
    ) -> Difference:
        missing, extra = theirs.keys() - ours.keys(), ours.keys() - theirs.keys()
        unlike = {key for key in theirs.keys() & ours.keys() if theirs[key] != ours[key]}
        if mend and missing | extra | unlike:
            self._land(sorted(missing | extra | unlike))
        return Difference(self.table.name, *bucket, there, here, len(missing), len(extra), len(unlike))

    def _land(self, keys: list[UUID]) -> None:
        """Read these keys anew, through the same landing as any refresh; what the source lacks is gone without a reason."""
        wanted = sql.SQL("{}::uuid[]").format(sql.Literal(keys))
        key = sql.SQL(self.table.source_key)
        rows = sql.SQL("{} and {} = any ({})").format(self.snapshot.everything(self.table), key, wanted)
        gone = sql.SQL(
            "select wanted.key, null::uuid, null::text from unnest({}) as wanted (key) "
            "where wanted.key not in (select {} from public.{} where {})"
        ).format(wanted, key, sql.Identifier(self.table.name), sql.SQL(self.table.where))
        pipe = Pipe(self.snapshot.connection, self.warehouse, self.snapshot.data_as_of, lambda: None)
        landing.merge(pipe, rows, gone, self.table)


def _kept(column: Column) -> sql.Composable:
    name = sql.Identifier(column.name)
    if column.type not in CONDITIONS:
        return name
    return sql.SQL("case when {} then {} else {} end as {}").format(
        sql.SQL(CONDITIONS[column.type]).format(name), sql.SQL(REPLACEMENTS[column.type]).format(name), name, name
    )


def _has_rows(connection: psycopg.Connection, rows: sql.Composed) -> bool:
    return connection.execute(sql.SQL("select exists ({})").format(rows)).fetchone() == (True,)


def _buckets(connection: psycopg.Connection, rows: sql.Composed) -> Buckets:
    query = sql.SQL("select tenant_id, month, count(*), sum(digest::numeric) from ({}) as digested group by 1, 2")
    return {
        (tenant, month): (count, int(total)) for tenant, month, count, total in connection.execute(query.format(rows))
    }


def _together(differ: list[Bucket], there: Buckets, here: Buckets) -> Iterator[list[Bucket]]:
    """Buckets whose keys may be held at once."""
    held, keys = list[Bucket](), 0
    for bucket in differ:
        more = there.get(bucket, (0, 0))[0] + here.get(bucket, (0, 0))[0]
        if held and keys + more > KEYS_AT_ONCE:
            yield held
            held, keys = [], 0
        held.append(bucket)
        keys += more
    if held:
        yield held


def _digests(connection: psycopg.Connection, rows: sql.Composed, buckets: list[Bucket]) -> Digests:
    query = sql.SQL(
        "select tenant_id, month, id, digest from ({}) as digested "
        "where (coalesce(tenant_id, {}), coalesce(month, '-infinity')) in (select * from unnest(%s::uuid[], %s::date[]))"
    ).format(rows, sql.Literal(NOBODY))
    tenants = [tenant or NOBODY for tenant, _ in buckets]
    months = [str(month or "-infinity") for _, month in buckets]
    found: Digests = {}
    for tenant, month, key, digest in connection.execute(query, (tenants, months)):
        found.setdefault((tenant, month), {})[key] = digest
    return found
