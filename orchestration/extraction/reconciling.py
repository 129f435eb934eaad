"""Whether raw holds what the source holds, whatever the change log says: counts and digests on both sides, and mending.

Belongs here: buckets, comparing them, and landing what differs. Not here: following the log (`follow.py`), which comes first, so
that both sides stand at one snapshot. A bucket is a tenant's month of a table. Its digest is a sum, so that no order matters;
a row's is PostgreSQL's own hash of its text, which both servers write alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError
from orchestration.extraction import business_time, landing, raw_tables, state
from orchestration.extraction.acknowledging import acknowledge
from orchestration.extraction.extract import landing_session
from orchestration.extraction.follow import Follower
from orchestration.extraction.landing import Pipe
from orchestration.extraction.sessions import watched
from orchestration.extraction.snapshot import Snapshot, open_snapshot
from orchestration.extraction.table import Table
from orchestration.extraction.tables import TABLES

# What a row is dated by, the first that it has; tables without are one bucket for each tenant.
INSTANTS = ("created_at", "occurred_at", "transfer_time", "started_at")
Bucket = tuple[UUID | None, date | None]
Buckets = dict[Bucket, tuple[int, int]]


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
class Reconciliation:
    """What was compared, as of when, and what differed; mended unless it was a dry run."""

    data_as_of: datetime
    rows: dict[str, int]
    differences: tuple[Difference, ...]
    is_dry: bool
    skipped: dict[str, str]


def reconcile(
    operational_url: str,
    warehouse_url: str,
    *,
    pseudonym_key: str,
    is_dry: bool = False,
    on_table: Callable[[str], None] = lambda name: None,
) -> Reconciliation:
    """Compare every table with the source and land what differs, in one transaction. Dry, nothing is landed at all.

    Raises WarehouseError where the log cannot be followed to a common snapshot: a full refresh compares every row then.
    """
    with landing_session(warehouse_url) as warehouse, watched() as watch:
        watch.add(warehouse)
        with open_snapshot(operational_url, pseudonym_key=pseudonym_key, on_open=watch.add) as snapshot:
            follower = _follow(snapshot, warehouse, pseudonym_key)
            rows, found = {}, []
            _write_alike(warehouse)
            _write_alike(snapshot.connection)
            for table in TABLES:
                watch.moved()
                on_table(table.name)
                if table.name not in follower.halted:
                    rows[table.name], differences = _Comparison(snapshot, warehouse, table).differences(mend=not is_dry)
                    found += differences
                    raw_tables.set_count(warehouse, table)
            done = Reconciliation(snapshot.data_as_of, rows, tuple(found), is_dry, dict(follower.halted))
            if is_dry:
                warehouse.rollback()
                return done
            business_time.bring_up_to_date(warehouse, data_as_of=snapshot.data_as_of)
            state.write(warehouse, snapshot, state.fingerprint(pseudonym_key))
            _note(warehouse, done)
        warehouse.commit()
        acknowledge(operational_url, warehouse, snapshot, still_needed_by=tuple(follower.halted), on_open=watch.add)
    return done


def _follow(snapshot: Snapshot, warehouse: psycopg.Connection, pseudonym_key: str) -> Follower:
    known = state.read(warehouse)
    because = (
        known.why_not_continue(snapshot, state.fingerprint(pseudonym_key)) if known else "nothing has landed so far"
    )
    if because:
        raise WarehouseError(f"there is nothing to compare: {because}; run romashka refresh, which reads every row")
    follower = Follower(snapshot, warehouse, full=False)
    follower.follow_all()
    return follower


@dataclass(frozen=True)
class _Comparison:
    """One table on both sides."""

    snapshot: Snapshot
    warehouse: psycopg.Connection
    table: Table

    def differences(self, *, mend: bool) -> tuple[int, list[Difference]]:
        """Rows compared, and the buckets that differ, mended one by one."""
        there, here = (
            _buckets(connection, rows)
            for connection, rows in ((self.source, self._there()), (self.warehouse, self._here()))
        )
        differ = [bucket for bucket in there.keys() | here.keys() if there.get(bucket) != here.get(bucket)]
        found = [self._bucket(bucket, there, here, mend=mend) for bucket in sorted(differ, key=str)]
        return sum(rows for rows, _ in there.values()), found

    @property
    def source(self) -> psycopg.Connection:
        return self.snapshot.connection

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
        """Key, tenant, month and digest of each row of a query. What landed as something else than it is is left out."""
        tenant = sql.Identifier("id" if self.table.name == "tenants" else "tenant_id")
        return sql.SQL(
            "select id, {tenant} as tenant_id, {month} as month, hashtextextended(row({columns})::text, 0) as digest "
            "from ({source}) as compared where id <> all ({rejected})"
        ).format(
            tenant=tenant,
            month=self._month,
            columns=self._columns,
            source=source,
            rejected=sql.SQL("{}::uuid[]").format(sql.Literal(self._rejected())),
        )

    def _rejected(self) -> list[UUID]:
        noted = self.warehouse.execute(
            "select distinct id from ops.rejected_rows where table_name = %s", (self.table.name,)
        )
        return [row[0] for row in noted]

    def _there(self) -> sql.Composed:
        expressions = sql.SQL(", ").join(
            sql.SQL("({})::{} as {}").format(sql.SQL(each.expression), sql.SQL(each.type), sql.Identifier(each.name))
            for each in self.table.columns
        )
        return self._rows(
            sql.SQL("select {} from public.{} where {}").format(
                expressions, sql.Identifier(self.table.name), sql.SQL(self.table.where)
            )
        )

    def _here(self) -> sql.Composed:
        """The landed rows, but for the facts that outlive their rows."""
        return self._rows(
            sql.SQL(
                "select {columns} from raw.{table} as landed where not exists (select from ops.deleted_rows as noted "
                "where noted.table_name = {name} and noted.id = landed.id and noted.reason = 'retention')"
            ).format(columns=self._columns, table=sql.Identifier(self.table.name), name=sql.Literal(self.table.name))
        )

    def _bucket(self, bucket: Bucket, there: Buckets, here: Buckets, *, mend: bool) -> Difference:
        ours, theirs = (
            _digests(connection, rows, bucket)
            for connection, rows in ((self.warehouse, self._here()), (self.source, self._there()))
        )
        missing, extra = theirs.keys() - ours.keys(), ours.keys() - theirs.keys()
        unlike = {key for key in theirs.keys() & ours.keys() if theirs[key] != ours[key]}
        if mend and missing | extra | unlike:
            self._land(sorted(missing | extra | unlike))
        return Difference(
            self.table.name, *bucket, there.get(bucket, (0, 0))[0], here.get(bucket, (0, 0))[0],
            len(missing), len(extra), len(unlike),
        )  # fmt: skip

    def _land(self, keys: list[UUID]) -> None:
        """Read these keys anew, through the same landing as any refresh; what the source lacks is gone without a reason."""
        wanted = sql.SQL("{}::uuid[]").format(sql.Literal(keys))
        key = sql.SQL(self.table.source_key)
        rows = sql.SQL("{} and {} = any ({})").format(self.snapshot.everything(self.table), key, wanted)
        gone = sql.SQL(
            "select wanted.key, null::uuid, null::text from unnest({}) as wanted (key) "
            "where wanted.key not in (select {} from public.{} where {})"
        ).format(wanted, key, sql.Identifier(self.table.name), sql.SQL(self.table.where))
        landing.merge(Pipe(self.source, self.warehouse, lambda: None), rows, gone, self.table)


def _buckets(connection: psycopg.Connection, rows: sql.Composed) -> Buckets:
    query = sql.SQL("select tenant_id, month, count(*), sum(digest::numeric) from ({}) as digested group by 1, 2")
    return {
        (tenant, month): (count, int(total)) for tenant, month, count, total in connection.execute(query.format(rows))
    }


def _digests(connection: psycopg.Connection, rows: sql.Composed, bucket: Bucket) -> dict[UUID, int]:
    query = sql.SQL(
        "select id, digest from ({}) as digested where tenant_id is not distinct from %s and month is not distinct from %s"
    )
    return dict(connection.execute(query.format(rows), bucket).fetchall())


def _write_alike(connection: psycopg.Connection) -> None:
    """Have a session write instants and numbers as the other one does, until its transaction ends."""
    for setting, value in (("timezone", "UTC"), ("datestyle", "ISO, YMD"), ("extra_float_digits", "1")):
        connection.execute("select set_config(%s, %s, true)", (setting, value))


def _note(warehouse: psycopg.Connection, done: Reconciliation) -> None:
    run = warehouse.execute(
        "insert into ops.reconciliations (data_as_of, rows_compared, rows_mended) values (%s, %s, %s) returning id",
        (done.data_as_of, sum(done.rows.values()), sum(each.rows for each in done.differences)),
    ).fetchone()
    with warehouse.cursor() as cursor:
        cursor.executemany(
            "insert into ops.reconciled_buckets (reconciliation_id, table_name, tenant_id, month, source_rows, landed_rows, "
            "missing, extra, unlike) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (run and run[0], each.table, each.tenant_id, each.month, each.source_rows, each.landed_rows,
                 each.missing, each.extra, each.unlike)
                for each in done.differences
            ],
        )  # fmt: skip
