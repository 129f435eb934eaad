"""What only some warehouses have is archived, or told: odd instants and encodings, and tables that somebody made beside ours.

Belongs here: single odd things, through a whole generation. Not here: values by type (`test_gathering.py`).
"""

import uuid
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from orchestration.databases import Databases, prepare
from orchestration.errors import WarehouseError
from orchestration.extraction.archive import views
from orchestration.extraction.archive.restore import restore
from orchestration.extraction.archive.write import write
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY
from tests.orchestration.extraction.archive.conftest import rejected, rows_by_relation

pytestmark = pytest.mark.usefixtures("every_server")


def test_texts_are_the_same_from_a_session_of_another_encoding(
    databases: Databases, folder: Path, tenant: uuid.UUID, new_database: Callable[..., str]
) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute("update public.tenants set name = 'Grüße'")
    refresh(databases, pseudonym_key=KEY)
    write(databases.warehouse, folder)
    other = Databases(databases.operational, new_database())
    prepare(other)
    restore(make_conninfo(other.warehouse, client_encoding="LATIN1"), folder)
    with psycopg.connect(other.warehouse) as warehouse:
        assert warehouse.execute("select name from raw.tenants").fetchall() == [("Grüße",)]


def test_a_table_that_somebody_made_beside_ours_does_not_end_the_archive(filled: Databases, folder: Path) -> None:
    """One once did, by its name or by a column's: with words of a manifest, and for every write after it, too."""
    columns = "tenant_id, 1.5::numeric as \"Summe €\", 'today' as date, now()::timestamp as created_at, 1::numeric(50, 2) as n"
    with psycopg.connect(filled.warehouse, autocommit=True) as warehouse:
        warehouse.execute(f'create table marts."Q1_2026" as select {columns} from raw.conversations'.encode())
        warehouse.execute("create table marts.q1_by_name as select slug as tenant_id from raw.tenants")
    write(filled.warehouse, folder)
    views.make(folder)
    written = write(filled.warehouse, folder)
    assert written.files == 0
    rows = rows_by_relation(written)
    assert rows["marts.Q1_2026"] == rows["raw.conversations"]
    assert "marts.q1_by_name" not in rows, "nobody knows whose its rows are"


def test_a_table_whose_name_no_folder_has_is_told(filled: Databases, folder: Path) -> None:
    with psycopg.connect(filled.warehouse, autocommit=True) as warehouse:
        warehouse.execute('create table marts."Q1/2026" as select tenant_id from raw.conversations')
    with pytest.raises(WarehouseError, match=r'table "marts"\."Q1/2026" cannot be archived under this name: rename it'):
        write(filled.warehouse, folder)


def test_the_first_instant_of_all_is_archived_where_its_day_is_before_the_year_1(
    databases: Databases, folder: Path, tenant: uuid.UUID
) -> None:
    """What some programs write for no instant. One ended every archive of the warehouse: Python has no such day."""
    with psycopg.connect(databases.operational) as source:
        source.execute("update public.tenants set timezone = 'America/New_York'")
        source.execute(
            "insert into public.conversations (tenant_id, created_at) values (%s, '0001-01-01 00:00+00')", (tenant,)
        )
    refresh(databases, pseudonym_key=KEY)
    assert rows_by_relation(write(databases.warehouse, folder))["raw.conversations"] == 1
    assert ("conversations", "created_at") in {
        (table, column) for table, _, column, *_ in rejected(databases.warehouse)
    }
