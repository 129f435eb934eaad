"""A transform: about what was touched, wholly published or not at all, and the same again by whatever was asked."""

from datetime import date

import psycopg
import pytest

from orchestration.errors import WarehouseError
from orchestration.publishing import rollups
from orchestration.transformation import plan, touch
from orchestration.transformation.transform import Transformed, Transformer
from tests.orchestration.transformation.conftest import Desk, begin, of, say

pytestmark = pytest.mark.usefixtures("every_server")


def changed(done: Transformed) -> dict[str, int]:
    return {name: mart.changed for name, mart in done.publication.marts.items() if mart.changed}


def test_a_build_is_about_what_was_touched(desk: Desk) -> None:
    told, _ = begin(desk), begin(desk, hours=-30)
    desk.refresh()
    say(desk, told, "ai")
    done = desk.refresh()
    rows = {built.name: built.rows for built in done.models}
    assert (rows["stg_working_set"], rows["conversation_analytics"]) == (1, 1)
    assert changed(done)["conversation_analytics"] == changed(done)["daily_metrics"] == 1
    assert done.publication.marts["conversation_analytics"].rows == 2


def test_nothing_touched_is_nothing_built_and_the_marts_are_right_until_now(desk: Desk) -> None:
    told = begin(desk)
    first = desk.refresh()
    assert of(desk, told, "active_seconds::text") == "0.000"
    desk.later(minutes=1)
    done = desk.refresh()
    assert (done.models, changed(done)) == ([], {})
    assert done.publication.generation == first.publication.generation
    assert done.publication.data_as_of == desk.clock
    assert of(desk, told, "active_seconds::text") == "60.000", "what runs has run on"


def test_what_falls_due_is_built_although_nothing_was_written(desk: Desk) -> None:
    told = begin(desk)
    desk.refresh()
    assert of(desk, told, "is_abandoned") is False
    assert of(desk, told, "sla_first_response_state") == "pending"
    desk.later(minutes=5, milliseconds=1)
    desk.refresh()
    assert of(desk, told, "sla_first_response_state") == "breached"
    desk.later(days=1)
    desk.refresh()
    assert of(desk, told, "is_abandoned") is True
    assert desk.warehouse.execute("select sum(abandoned_conversations) from marts.daily_metrics").fetchone() == (1,)


def test_a_list_that_changes_alone_is_published(desk: Desk) -> None:
    """No conversation has changed, and nothing of it is built."""
    begin(desk)
    desk.tell(
        "insert into public.knowledge_items (tenant_id, title, content, source_type, status) "
        "values (%(tenant)s, 'Any', '', 'manual', 'active')"
    )
    desk.refresh()
    desk.tell("update public.knowledge_items set status = 'archived'")
    assert changed(desk.refresh()) == {"knowledge_items": 1}
    assert desk.warehouse.execute("select status from marts.knowledge_items").fetchall() == [("archived",)]
    assert not desk.refresh().models


def test_a_deleted_conversation_leaves_and_gives_its_days_back(desk: Desk) -> None:
    told = begin(desk)
    begin(desk)
    desk.refresh()
    desk.tell("delete from public.conversations where id = %(id)s", id=told, reason="erasure")
    done = desk.refresh()
    assert done.publication.marts["conversation_analytics"].deleted == 1
    assert desk.warehouse.execute("select sum(total_conversations) from marts.daily_metrics").fetchone() == (1,)


def test_what_retention_deleted_stays_a_fact(desk: Desk) -> None:
    """One that had ended, as all do that retention takes; one that was open ends then (`test_forgotten_open.py`)."""
    told = begin(desk)
    desk.tell(
        "insert into public.conversation_events (tenant_id, conversation_id, event_type, to_status, occurred_at) "
        "values (%(tenant)s, %(id)s, 'status', 'closed', %(at)s)",
        id=told,
        at=desk.clock,
    )
    desk.refresh()
    desk.tell("delete from public.conversations where id = %(id)s", id=told, reason="retention")
    assert changed(desk.refresh()) == {}
    assert changed(desk.refresh(full=True)) == {}
    assert of(desk, told, "total_messages") == 1


def test_a_process_that_dies_in_between_has_done_nothing(desk: Desk) -> None:
    told = begin(desk)
    desk.refresh()
    say(desk, told, "ai")
    session = desk.transformer.warehouse

    def die(name: str) -> None:
        if name == "daily_metrics":
            desk.warehouse.execute("select pg_terminate_backend(%s)", (session.info.backend_pid,))

    transform, desk.transformer.transform = desk.transformer.transform, lambda: transform(on_step=die)  # type: ignore[method-assign]
    with pytest.raises((WarehouseError, psycopg.OperationalError)):
        desk.refresh()
    assert of(desk, told, "total_messages") == 1
    desk.transformer = Transformer(psycopg.connect(desk.databases.warehouse), plan.load())
    desk.refresh()
    assert of(desk, told, "total_messages") == 2


def test_a_day_that_was_spoiled_is_rebuilt_by_asking_for_it(desk: Desk) -> None:
    begin(desk)
    begin(desk, hours=-72)
    desk.refresh()
    right = desk.published()
    desk.warehouse.execute("update marts.daily_metrics set total_conversations = 9")
    desk.warehouse.execute("update facts.conversation_analytics set total_messages = 9")
    first = date(2024, 3, 5)
    touch.days(desk.warehouse, first=first, last=first)
    done = desk.transformer.transform()
    assert changed(done)["daily_metrics"] == 1
    touch.days(desk.warehouse, first=date(2024, 3, 1), last=date(2024, 3, 31))
    desk.transformer.transform()
    assert desk.published() == right
    with pytest.raises(WarehouseError, match="the first must not be after the last"):
        touch.days(desk.warehouse, first=date(2024, 3, 2), last=first.replace(day=1))


@pytest.mark.parametrize("many", [0, rollups.MANY])
def test_a_day_is_added_up_of_touched_conversations_and_of_the_others(
    desk: Desk, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "MANY", many)
    told = begin(desk)
    begin(desk)
    begin(desk, hours=-72)
    desk.refresh()
    say(desk, told, "agent", hours=30)
    desk.later(days=2)
    done = desk.refresh()
    assert changed(done)["channel_daily"] == 2
    found = desk.warehouse.execute(
        "select date, total_conversations, happened_messages from marts.channel_daily order by date"
    ).fetchall()
    kept = desk.published()
    desk.rebuild()
    assert desk.published() == kept
    assert [(day.day, *counts) for day, *counts in found] == [(5, 1, 1), (8, 2, 2), (9, 0, 1)]


def test_a_full_build_over_the_same_rows_writes_none(desk: Desk) -> None:
    begin(desk)
    begin(desk, hours=-30)
    desk.refresh()
    done = desk.refresh(full=True)
    assert {built.name: built.rows for built in done.models}["stg_working_set"] == 2
    assert changed(done) == {}


def test_other_models_make_every_row_anew_and_end_those_who_know_the_old_ones(desk: Desk) -> None:
    begin(desk)
    desk.refresh()
    desk.warehouse.execute("update ops.published_models set fingerprint = 'of other models'")
    with pytest.raises(WarehouseError, match="start it again"):
        desk.refresh()
    with psycopg.connect(desk.databases.warehouse) as session:
        assert Transformer(session, plan.load()).transform().models, "built anew"


def test_a_dropped_mart_comes_back(desk: Desk) -> None:
    begin(desk)
    desk.refresh()
    right = desk.published()
    desk.warehouse.execute("drop table marts.daily_metrics cascade")
    desk.refresh()
    assert desk.published() == right


def test_hours_are_known_for_years_of_conversations_not_since_the_beginning_of_time(desk: Desk) -> None:
    """Hours are usually set before anybody writes: forty years of open time for nobody were written at each onboarding."""
    desk.tell(
        "with schedule as (insert into public.tenant_business_schedules (tenant_id, valid_from) "
        "values (%(tenant)s, '2020-01-01') returning tenant_id, id) "
        "insert into public.tenant_business_hours (tenant_id, schedule_id, weekday, opens_at, closes_at) "
        "select tenant_id, id, 1, '09:00', '17:00' from schedule"
    )
    desk.refresh()
    years = desk.warehouse.execute(
        "select extract(year from now()) - since_year from ops.business_calendars"
    ).fetchone()
    assert years is not None
    assert 1 <= years[0] <= 2
