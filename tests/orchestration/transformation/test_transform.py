"""A transform: about what was touched, wholly published or not at all, and the same again by whatever was asked."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from orchestration.errors import WarehouseError
from orchestration.publishing import rollups
from orchestration.transformation import plan, touch
from orchestration.transformation.transform import Transformed, Transformer
from tests.orchestration.transformation.conftest import Desk

pytestmark = pytest.mark.usefixtures("every_server")


def begin(desk: Desk, *, hours: float = 0) -> uuid.UUID:
    """A conversation of one message."""
    made, at = uuid.uuid4(), desk.clock + timedelta(hours=hours)
    desk.tell(
        "insert into public.conversations (id, tenant_id, created_at) values (%(id)s, %(tenant)s, %(at)s)",
        id=made,
        at=at,
    )
    say(desk, made, "customer", hours=hours)
    return made


def say(desk: Desk, conversation: uuid.UUID, sender: str, *, hours: float = 0) -> None:
    desk.tell(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
        "values (%(tenant)s, %(id)s, %(sender)s, '', %(at)s)",
        id=conversation,
        sender=sender,
        at=desk.clock + timedelta(hours=hours),
    )


def changed(done: Transformed) -> dict[str, int]:
    return {name: mart.changed for name, mart in done.publication.marts.items() if mart.changed}


def of(desk: Desk, conversation: uuid.UUID, column: str) -> object:
    found = f"select {column} from marts.conversation_analytics where conversation_id = %s"
    row = desk.warehouse.execute(found, (conversation,)).fetchone()
    return row[0] if row else None


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
    told = begin(desk)
    desk.refresh()
    desk.tell("delete from public.conversations where id = %(id)s", id=told, reason="retention")
    assert changed(desk.refresh()) == {}
    assert changed(desk.refresh(full=True)) == {}
    assert of(desk, told, "total_messages") == 1


def test_a_failing_test_leaves_the_last_generation_and_mended_it_is_made_up_for(desk: Desk) -> None:
    """O3: a message whose conversation never landed would be missing from every sum."""
    told = begin(desk)
    desk.refresh()
    say(desk, told, "ai")
    desk.land()
    stray = "update raw.messages set conversation_id = %s where sender_type = 'ai'"
    desk.warehouse.execute(stray, (desk.tenant,))
    desk.warehouse.execute("insert into ops.touched_conversations values (%s, %s)", (desk.tenant, desk.tenant))
    expected = "data test every_row_has_its_conversation_and_its_tenant found 1 rows in .*, the first is tenant_id "
    with pytest.raises(WarehouseError, match=expected + ".*; the marts keep the last generation"):
        desk.transformer.transform()
    assert of(desk, told, "total_messages") == 1
    assert desk.warehouse.execute("select generation from marts.publication").fetchone() == (1,)
    desk.warehouse.execute(stray, (told,))
    desk.transformer.transform()
    assert of(desk, told, "total_messages") == 2


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


@pytest.mark.parametrize("is_first", [True, False])
def test_a_double_is_refused_in_the_first_build_and_in_every_later_one(desk: Desk, is_first: bool) -> None:
    desk.transformer.keep_promises()
    begin(desk)
    if not is_first:
        desk.refresh()
        desk.refresh(full=True)
        begin(desk)
    right = desk.published()
    doubled = tuple(
        replace(model, query=f"({model.query}) union all ({model.query})")
        if model.name == "int_hourly_happenings"
        else model
        for model in desk.transformer.plan.models
    )
    desk.transformer.plan = replace(desk.transformer.plan, models=doubled)
    desk.warehouse.execute("update ops.published_models set fingerprint = %s", (desk.transformer.plan.fingerprint,))
    with pytest.raises(WarehouseError, match=r"duplicate key value .*int_hourly_happenings.*; the marts keep the last"):
        desk.refresh()
    assert desk.published() == right
