"""A conversation that the source forgets while it is open ends in the facts at that instant, and counts as it did.

Belongs here: what an erasure leaves open. Not here: the erasure itself (`tests/orchestration/lifecycle/test_erasure.py`).
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from tests.orchestration.transformation.conftest import Desk, begin, of

AS_IT_WAS = (
    "status, resolved_at, is_abandoned, first_response_seconds, sla_first_response_state, sla_resolution_state, "
    "active_seconds, pending_seconds, escalated_seconds"
)
EVENINGS = "select coalesce(sum(open_conversations), 0), max(date)::text from marts.backlog_daily"


@pytest.fixture
def desk(new_desk: Callable[[], Desk]) -> Iterator[Desk]:
    """With promises of a day and of two."""
    with closing(new_desk()) as made:
        for key, seconds in (("sla_first_response_seconds", 86_400), ("sla_resolution_seconds", 172_800)):
            made.tell(
                "insert into public.system_settings (tenant_id, setting_key, setting_value) "
                "values (%(tenant)s, %(key)s, to_jsonb(%(seconds)s::integer))",
                key=key,
                seconds=seconds,
            )
        yield made


def forget(desk: Desk, conversation: uuid.UUID) -> None:
    desk.tell("delete from public.conversations where id = %(id)s", reason="retention", id=conversation)


def told(desk: Desk, conversation: uuid.UUID) -> list[object]:
    return [of(desk, conversation, column) for column in AS_IT_WAS.split(", ")]


def test_what_is_forgotten_open_stays_as_it_was_then(desk: Desk) -> None:
    forgotten, open_still = begin(desk), begin(desk)
    desk.refresh()
    desk.later(hours=20)
    desk.refresh()
    before = told(desk, forgotten)
    assert before == told(desk, open_still)
    forget(desk, forgotten)
    desk.refresh()
    assert told(desk, forgotten) == before
    for full in (False, True):
        desk.later(days=40)
        desk.refresh(full=full)
        assert told(desk, forgotten) == before
        assert told(desk, open_still) != before
    published = desk.published()
    desk.rebuild()
    assert desk.published() == published


def test_it_leaves_the_backlog_on_the_day_on_which_it_is_forgotten(desk: Desk) -> None:
    conversation = begin(desk)
    desk.later(days=3)
    desk.refresh()
    assert desk.warehouse.execute(EVENINGS).fetchone() == (4, f"{desk.clock:%Y-%m-%d}")
    forget(desk, conversation)
    desk.later(days=40)
    desk.refresh()
    # The day of the refresh that heard of it.
    counted, last = desk.warehouse.execute(EVENINGS).fetchone()  # type: ignore[misc]
    desk.later(days=40)
    desk.refresh(full=True)
    assert desk.warehouse.execute(EVENINGS).fetchone() == (counted, last)
    assert last < f"{desk.clock:%Y-%m-%d}"
    assert of(desk, conversation, "status") == "active"
