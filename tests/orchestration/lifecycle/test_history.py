"""What outlives the rows: a past month, told once, with its small groups withheld.

Belongs here: what is kept when months leave, and who reads it. Not here: the rule of small groups (`test_small_groups.py`).
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from operational_schema import demo_traffic
from orchestration.databases import OUR_SCHEMAS, Databases, prepare
from orchestration.extraction.archive.restore import restore
from orchestration.extraction.archive.write import write
from orchestration.lifecycle import history, retention, retention_warehouse
from orchestration.lifecycle.history import Channel
from orchestration.publishing import tenant_readers
from tests.orchestration.conftest import KEY
from tests.orchestration.transformation.conftest import Desk

FORGETS = date(2031, 6, 15)
BY_CHANNEL = """
    select tenant_id, started_month, channel_type, count(*), count(resolved_at), count(first_response_seconds),
        sum(first_response_seconds), count(customer_satisfaction), sum(customer_satisfaction)
    from facts.conversation_analytics where started_month < '2024-06-01' group by 1, 2, 3
"""
KEPT = """
    select tenant_id, month, channel_type, conversations, resolved_conversations, answered_conversations,
        first_response_seconds_total, rated_conversations, satisfaction_total
    from marts.history_monthly
"""


@pytest.fixture
def desk(databases: Databases, tmp_path: Path) -> Iterator[Desk]:
    """Five months of traffic that the source has forgotten."""
    made = Desk(databases)
    demo_traffic.load_traffic(
        databases.operational, conversations=240, tenants=2, days=150, seed=3, until=datetime(2024, 7, 31, tzinfo=UTC)
    )
    made.clock = datetime(2024, 9, 1, tzinfo=UTC)
    made.refresh()
    retention.run(databases.operational, exports=tmp_path, as_of=date(2026, 1, 1))
    made.refresh()
    yield made
    made.close()


def kept(desk: Desk) -> list[tuple[object, ...]]:
    return sorted(desk.warehouse.execute(KEPT).fetchall(), key=str)


@pytest.mark.usefixtures("every_server")
def test_past_months_are_told_once_and_truly(desk: Desk) -> None:
    """R4: each figure is that of the rows that left, or withheld."""
    before = {row[:3]: row[3:] for row in desk.warehouse.execute(BY_CHANNEL).fetchall()}
    retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)
    rows = kept(desk)
    assert {row[1] for row in rows} == {date(2024, month, 1) for month in (3, 4, 5)}
    channels = {row[:3]: row[3:] for row in rows if row[2] != history.ALL}
    assert channels.keys() == before.keys()
    told = [
        (key, index) for key, figures in channels.items() for index, figure in enumerate(figures) if figure is not None
    ]
    assert all(channels[key][index] == before[key][index] for key, index in told)
    assert {figure for key, index in told if index == 0 for figure in [channels[key][index]] if 0 < figure < 5} == set()
    assert 0 < len([key for key, index in told if index == 0]) < len(channels), "some are small"
    retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS + timedelta(days=7))
    desk.rebuild()
    assert kept(desk) == rows


def test_what_stays_longer_is_told_with_its_month_and_does_not_tell_it_again(desk: Desk, tmp_path: Path) -> None:
    key = uuid.uuid4()

    def forget(status: str) -> list[tuple[object, ...]]:
        with desk.source.transaction():
            desk.source.execute("set local app.import to 'on'")
            desk.source.execute(
                "insert into public.conversations (id, tenant_id, channel_type, status, created_at) "
                "select %s, id, 'carrier_pigeon', %s, '2024-04-10T12:00Z' from public.tenants where slug = 'hudson-outfitters' "
                "on conflict (id) do update set status = excluded.status",
                (key, status),
            )
        desk.refresh()
        retention.run(desk.databases.operational, exports=tmp_path, as_of=date(2026, 1, 1))
        desk.refresh()
        retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)
        return kept(desk)

    def facts() -> int:
        return desk.warehouse.execute("select from raw.conversations where id = %s", (key,)).rowcount

    told = forget("active")
    assert facts() == 1 and [row[2] for row in told].count("carrier_pigeon") == 1
    assert forget("closed") == told
    assert facts() == 0


def test_the_tenant_says_how_few_are_few(desk: Desk) -> None:
    desk.source.execute(
        "insert into public.system_settings (tenant_id, setting_key, setting_value) "
        "select id, 'small_group_size', '1' from public.tenants "
        "on conflict (tenant_id, setting_key) do update set setting_value = excluded.setting_value"
    )
    desk.source.commit()
    retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)
    assert all(row[3] is not None for row in kept(desk))


def test_a_reader_sees_the_own_tenants_only_and_an_archive_brings_it_back(desk: Desk, tmp_path: Path) -> None:
    retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)
    rows = kept(desk)
    slug, tenant = desk.warehouse.execute("select slug, tenant_id from marts.tenants order by slug limit 1").fetchone()  # type: ignore[misc]
    desk.warehouse.commit()
    with psycopg.connect(tenant_readers.as_reader(desk.databases.warehouse, slug)) as reader:
        assert sorted(reader.execute(KEPT).fetchall(), key=str) == [row for row in rows if row[0] == tenant]
    write(desk.databases.warehouse, tmp_path / "archive")
    with psycopg.connect(desk.databases.warehouse, autocommit=True) as warehouse:
        for schema in OUR_SCHEMAS:
            warehouse.execute(f"drop schema if exists {schema} cascade".encode())
    prepare(desk.databases)
    restore(desk.databases.warehouse, tmp_path / "archive")
    assert kept(desk) == rows


def test_what_leaves_the_warehouse_leaves_the_archive(desk: Desk, tmp_path: Path) -> None:
    """Its months are touched, and written anew or not at all; all others stay as they are."""

    def archived() -> dict[str, int]:
        entries = write(desk.databases.warehouse, tmp_path).manifest.entries.values()
        return {f"{each.parts[0]} {each.parts[2]}": each.rows for each in entries if each.parts[1] == "raw.messages"}

    before = archived()
    retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)
    after = archived()
    row = desk.warehouse.execute("select count(*) from raw.messages").fetchone()
    assert row == (sum(after.values()),)
    assert sum(after.values()) < sum(before.values())
    assert {name: rows for name, rows in after.items() if name[-7:] >= "2024-06"} == {
        name: rows for name, rows in before.items() if name[-7:] >= "2024-06"
    }


def _channel(conversations: int, resolved: int, rated: int, seconds: int, satisfaction: int | None) -> Channel:
    """Each conversation of somebody else, and answered."""
    groups = (Counter(range(count)) for count in (conversations, resolved, conversations, rated))
    return Channel(*groups, Decimal(seconds), None if satisfaction is None else Decimal(satisfaction))


def test_a_month_by_hand() -> None:
    """Phone is small, and e-mail goes with it; its ratings are three, so that the website's nine go, too."""
    month = {
        "email": _channel(9, 9, 0, 90, None),
        "phone": _channel(2, 2, 0, 4, None),
        "website": _channel(50, 43, 3, 500, 12),
    }
    assert history.rows_of(month, 5) == [
        ("email", None, None, None, None, None, None),
        ("phone", None, None, None, None, None, None),
        ("website", 50, 43, 50, Decimal(500), None, None),
        ("all", 61, 54, 61, Decimal(594), None, None),
    ]


def test_a_customer_who_writes_often_is_one_person(desk: Desk) -> None:
    """Of a month in which one customer wrote everything, nothing is told, however much it was."""
    desk.warehouse.execute("update raw.conversations set customer_key = md5(tenant_id::text)::uuid")
    desk.rebuild()
    retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)
    assert kept(desk) and all(row[3] is None for row in kept(desk))
