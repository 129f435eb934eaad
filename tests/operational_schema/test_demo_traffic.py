"""Synthetic traffic: the same from the same arguments, in the import's form, and with everything that the metrics tell apart."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from operational_schema import demo_reports, demo_traffic
from tests.operational_schema.histories import TENANT, import_lines

UNTIL = datetime(2026, 3, 31, 12, tzinfo=UTC)
ENDED = ("resolved", "closed")
Record = dict[str, Any]


def traffic(**changes: Any) -> tuple[list[Record], list[Record]]:
    """Tenants and conversations."""
    arguments = {"conversations": 1_500, "tenants": 3, "days": 400, "seed": 1, "until": UNTIL, **changes}
    records = list(demo_traffic.generate(**arguments))
    return [each for each in records if "kind" in each], [each for each in records if "kind" not in each]


@pytest.fixture(scope="module")
def conversations() -> list[Record]:
    return traffic()[1]


def messages(record: Record, *senders: str) -> list[Record]:
    said = [each for each in record["events"] if each["type"] == "message" and each.get("public", True)]
    return [each for each in said if not senders or each["sender"] in senders]


def statuses(record: Record) -> list[str]:
    return ["active", *(each["status"] for each in record["events"] if each["type"] == "status")]


def reopens(record: Record) -> bool:
    return any(one in ENDED and other not in ENDED for one, other in pairwise(statuses(record)))


def auto_closes(record: Record) -> bool:
    return statuses(record)[-2:] == ["pending", "closed"] and bool(messages(record, "system"))


def assignees(record: Record) -> list[str | None]:
    return [each["agent"] for each in record["events"] if each["type"] == "assign"]


def ratings(record: Record) -> list[Record]:
    return [each for each in record["events"] if each["type"] == "rating"]


# What happens, and the least and the greatest share of all conversations in which it does.
SHARES: list[tuple[str, float, float, Callable[[Record], bool]]] = [
    ("handed from the AI to an agent", 0.3, 0.6, lambda each: bool(messages(each, "ai") and messages(each, "agent"))),
    ("answered by the AI alone", 0.15, 0.4, lambda each: bool(messages(each, "ai")) and not messages(each, "agent")),
    ("never answered", 0.02, 0.09, lambda each: not messages(each, "ai", "agent")),
    ("opened by an agent", 0.03, 0.1, lambda each: each["events"][0]["type"] == "assign"),
    ("resolved", 0.6, 0.9, lambda each: "resolved" in statuses(each)),
    ("closed by itself", 0.02, 0.1, auto_closes),
    ("still open", 0.01, 0.1, lambda each: statuses(each)[-1] not in ENDED),
    ("reopened", 0.02, 0.1, reopens),
    ("waiting for the customer", 0.1, 0.5, lambda each: "pending" in statuses(each)),
    ("escalated", 0.03, 0.15, lambda each: "escalated" in statuses(each)),
    ("given to another agent", 0.03, 0.2, lambda each: len({*assignees(each)} - {None}) > 1),
    ("given back", 0.01, 0.1, lambda each: None in assignees(each)),
    ("rated", 0.2, 0.5, lambda each: bool(ratings(each))),
    ("with a note", 0.1, 0.5, lambda each: any(not said.get("public", True) for said in each["events"])),
    ("with an agent nobody knows", 0.005, 0.1, lambda each: any("sender_id" not in a for a in messages(each, "agent"))),
    ("not in ASCII", 0.1, 0.9, lambda each: not "".join(said["text"] for said in messages(each)).isascii()),
]


@pytest.mark.parametrize(("least", "most", "happens"), [row[1:] for row in SHARES], ids=[row[0] for row in SHARES])
def test_what_the_metrics_tell_apart_happens_about_as_often_as_in_life(
    conversations: list[Record], least: float, most: float, happens: Callable[[Record], bool]
) -> None:
    share = sum(happens(each) for each in conversations) / len(conversations)
    assert least <= share <= most


def test_a_conversation_has_about_nine_messages(conversations: list[Record]) -> None:
    said = sum(each["type"] == "message" for record in conversations for each in record["events"])
    assert 8 <= said / len(conversations) <= 10.5


def test_people_write_by_day_and_less_at_weekends(conversations: list[Record]) -> None:
    zones = {each["slug"]: ZoneInfo(each["timezone"]) for each in traffic(conversations=1)[0]}
    began = [datetime.fromisoformat(each["created_at"]).astimezone(zones[each["tenant"]]) for each in conversations]
    by_day = sum(8 <= at.hour < 20 for at in began)
    assert 0.75 <= by_day / len(began) <= 0.95
    weekend = sum(at.weekday() >= 5 for at in began)
    assert 0.08 <= weekend / len(began) <= 0.2
    assert any(at.hour < 5 for at in began)


def test_nothing_happens_before_the_beginning_or_after_the_end(conversations: list[Record]) -> None:
    for record in conversations:
        began = datetime.fromisoformat(record["created_at"])
        instants = [began, *(datetime.fromisoformat(each["at"]) for each in record["events"])]
        assert instants == sorted(instants)
        assert instants[-1] <= UNTIL
    first = min(datetime.fromisoformat(record["created_at"]) for record in conversations)
    last = max(datetime.fromisoformat(record["created_at"]) for record in conversations)
    assert timedelta(days=390) < last - first < timedelta(days=410)


def test_the_last_day_ends_when_the_history_ends() -> None:
    began = [datetime.fromisoformat(record["created_at"]) for record in traffic(conversations=300, days=2)[1]]
    assert UNTIL - timedelta(hours=1) < max(began) <= UNTIL


def test_the_same_arguments_make_the_same_traffic_and_others_another() -> None:
    few = {"conversations": 50, "tenants": 4, "days": 30}
    assert traffic(**few) == traffic(**few)
    assert traffic(**few)[1] != traffic(**few, seed=2)[1]
    assert traffic(**few)[1] != traffic(**few, until=UNTIL - timedelta(days=1))[1]


def test_tenants_differ_in_zone_hours_and_targets() -> None:
    tenants, conversations = traffic(conversations=60, tenants=12)
    assert [each["timezone"] for each in tenants[:3]] == ["America/New_York", "Asia/Kolkata", "Europe/Berlin"]
    assert len({each["slug"] for each in tenants}) == 12
    assert Counter(each["tenant"] for each in conversations) == {each["slug"]: 5 for each in tenants}
    hours = [each["business_hours"] for each in tenants[:3]]
    assert "sun" not in hours[0]
    assert all(hours[1][day] == [["00:00", "24:00"]] for day in ("mon", "sat", "sun"))
    assert len(hours[2]["mon"]) == 2
    assert all(each["special_days"] for each in (tenants[0], tenants[2]))
    assert len({str(each["sla"]) for each in tenants[:3]}) == 3


@pytest.mark.usefixtures("every_server")
def test_traffic_is_loaded_once(operational_url: str) -> None:
    arguments = {"conversations": 200, "tenants": 4, "days": 30, "seed": 1, "until": UNTIL}
    first = demo_traffic.load_traffic(operational_url, **arguments)
    assert first.counts["tenants"] == (4, 0)
    assert first.counts["conversations"] == (200, 0)
    steps: list[int] = []
    again = demo_traffic.load_traffic(operational_url, **arguments, on_progress=steps.append)
    assert set(again.counts.values()) == {(0, 0)}
    assert sum(steps) == 204


@pytest.mark.usefixtures("every_server")
def test_every_synthetic_tenant_and_no_other_gets_one_daily_report(operational_url: str) -> None:
    demo_traffic.load_traffic(operational_url, conversations=3, tenants=3, days=3, seed=1, until=UNTIL)
    import_lines(operational_url, TENANT)
    assert demo_reports.add_demo_reports(operational_url) == 3
    assert demo_reports.add_demo_reports(operational_url) == 0
    with psycopg.connect(operational_url) as connection:
        found = connection.execute(
            "select t.slug, r.slug, report_type, template, schedule_cron, r.timezone = t.timezone, recipients, format, "
            "additional_formats, is_active from public.scheduled_reports r join public.tenants t on t.id = r.tenant_id"
        ).fetchall()
    assert sorted(found) == [
        (
            slug, "daily-performance", "performance", "default", "0 9 * * *", True, [f"support-lead@{slug}.example"],
            "pdf", ["excel"], True,
        )
        for slug in ("bengal-telecom", "hudson-outfitters", "spreewald-versand")
    ]  # fmt: skip
