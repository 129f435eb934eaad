"""Synthetic traffic: the same every time, and with every kind of conversation."""

from datetime import UTC, datetime

from operational_schema import demo_traffic
from tests.test_main_job import generated_traffic


def test_the_same_arguments_make_the_same_traffic_and_others_another() -> None:
    until = datetime(2026, 1, 31, tzinfo=UTC)

    def make(seed: int) -> list[demo_traffic.Record]:
        return list(demo_traffic.generate(conversations=50, tenants=4, days=30, seed=seed, until=until))

    assert make(1) == make(1)
    assert make(1) != make(2)


def test_traffic_has_every_kind_of_conversation() -> None:
    """What the metrics tell apart has to occur, or the demonstration shows zeros."""
    records = [record for record in generated_traffic() if "kind" not in record]
    kinds = [
        {event.get("sender") or event["type"] for event in record["events"]}
        | {event["status"] for event in record["events"] if event["type"] == "status"}
        for record in records
    ]
    for wanted in ({"ai", "agent"}, {"ai"}, {"rating"}, {"pending"}, {"escalated"}, {"closed"}, {"resolved", "active"}):
        assert any(wanted <= kind for kind in kinds), wanted
    assert any({"ai", "agent"}.isdisjoint(kind) for kind in kinds), "unanswered"
    assert all(record["events"][0]["at"] >= record["created_at"] for record in records if record["events"])
