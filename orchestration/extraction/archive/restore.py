"""An empty warehouse from the archive alone.

Belongs here: the landed rows, back into `raw`. Not here: the marts, which are built from them as ever. The state of extraction
is not restored: the next refresh compares every row with the source.
"""

import io
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from psycopg import sql

from orchestration.errors import WarehouseError
from orchestration.extraction import business_time, raw_tables, touched
from orchestration.extraction.archive import locking, manifest
from orchestration.extraction.archive.manifest import Manifest
from orchestration.extraction.archive.relations import RAW, Relation, decoded, relations, travels_as
from orchestration.extraction.sessions import connect
from orchestration.extraction.state import RESTORED
from orchestration.extraction.tables import TABLES

# Nothing can build it again: its rows are gone.
HISTORY = "marts.history_monthly"
SQL_TYPES = {pa.int64(): "bigint", pa.int32(): "integer", pa.int16(): "smallint", pa.bool_(): "boolean"}


def restore(warehouse_url: str, folder: Path) -> dict[str, int]:
    """Land every file of the archive, in one transaction; the next transform builds the marts. Returns rows by relation.

    Raises WarehouseError for a warehouse that has rows, and for an archive that is not what its manifest says.
    """
    with locking.reading(folder):
        present = manifest.read(folder)
        if present is None:
            raise WarehouseError(f"there is no archive in {folder}: run romashka archive write")
        if fault := next(manifest.damage(folder, present), None):
            raise WarehouseError(f"the archive is not whole: {fault}; romashka archive verify says all of it")
        return _land_all(warehouse_url, folder, present)


def _land_all(warehouse_url: str, folder: Path, present: Manifest) -> dict[str, int]:
    with connect(warehouse_url) as warehouse:
        if warehouse.execute("select from ops.extract_state").rowcount:
            raise WarehouseError("the warehouse has data: restore into an empty one")
        found = {}
        for relation in relations(warehouse):
            if relation.schema in (RAW, "ops") or relation.name == HISTORY:
                paths = [entry.path for entry in present.entries.values() if entry.parts[1] == relation.name]
                found[relation.name] = sum(_land(warehouse, relation, folder / path) for path in sorted(paths))
        for table in TABLES:
            raw_tables.add_to_count(warehouse, table, found[f"{RAW}.{table.name}"])
        warehouse.execute(
            "insert into ops.extract_state (source, key_fingerprint, snapshot, data_as_of) values (%s, '', '1:1:', %s)",
            (RESTORED, present.data_as_of),
        )
        business_time.bring_up_to_date(warehouse, data_as_of=present.data_as_of)
        touched.everything(warehouse)
    return found


def _land(warehouse: psycopg.Connection, relation: Relation, file: Path) -> int:
    kinds = dict(relation.columns)
    # The file as it is, and not as a folder whose names would become columns.
    parquet = pq.ParquetFile(file)
    names = [name for name in parquet.schema_arrow.names if name in kinds]
    warehouse.execute("drop table if exists pg_temp.travelled")
    warehouse.execute(
        sql.SQL("create temporary table travelled ({}) on commit drop").format(
            sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(SQL_TYPES.get(travels_as(kinds[name]), "text")))
                for name in names
            )
        )
    )
    with warehouse.cursor().copy("copy pg_temp.travelled from stdin (format csv)") as copy:
        for block in _blocks(parquet, names, kinds):
            copy.write(block)
    return warehouse.execute(
        sql.SQL("insert into {} ({}) select {} from pg_temp.travelled").format(
            relation.identifier,
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join(decoded(name, kinds[name]) for name in names),
        )
    ).rowcount


def _blocks(parquet: pq.ParquetFile, names: list[str], kinds: dict[str, str]) -> Iterator[bytes]:
    for batch in parquet.iter_batches(columns=names):
        travelling = pa.record_batch([batch.column(name).cast(travels_as(kinds[name])) for name in names], names=names)
        block = io.BytesIO()
        pacsv.write_csv(travelling, block, pacsv.WriteOptions(include_header=False))
        yield block.getvalue()
