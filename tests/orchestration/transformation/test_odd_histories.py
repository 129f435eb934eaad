"""Histories that nobody plans: a tenant that is deleted, conversations from before anything recorded them.

Belongs here: what must come out of them. Not here: what a transform is about (`test_transform.py`), and any history at
random (`test_histories.py`).
"""

import uuid
from datetime import timedelta

import pytest

from tests.orchestration.transformation.conftest import Desk
from tests.orchestration.transformation.test_transform import begin, of

pytestmark = pytest.mark.usefixtures("every_server")


def test_a_deleted_tenant_leaves_nothing_that_retention_kept_of_it(desk: Desk) -> None:
    """Its facts have no zone and no day any more: kept, they stopped the builds of all tenants."""
    told, other = begin(desk), uuid.uuid4()
    desk.tell("insert into public.tenants (id, slug, name) values (%(id)s, 'other', 'Other')", id=other)
    desk.refresh()
    desk.tell("delete from public.conversations where id = %(id)s", id=told, reason="retention")
    desk.refresh()
    assert of(desk, told, "total_messages") == 1
    desk.tell("delete from public.conversation_analytics where tenant_id = %(tenant)s")
    desk.tell("delete from public.tenants where id = %(tenant)s")
    desk.refresh()
    assert of(desk, told, "total_messages") is None
    for relation in ("marts.daily_metrics", "marts.channel_daily", "raw.messages", "raw.conversations"):
        assert desk.warehouse.execute(f"select count(*) from {relation}").fetchone() == (0,), relation
    counted = desk.warehouse.execute("select rows from ops.landed_tables where table_name = 'conversations'")
    assert counted.fetchone() == (0,)
    assert desk.warehouse.execute("select slug from marts.tenants").fetchall() == [("other",)]


def test_a_conversation_older_than_the_recording_of_events_begins_as_its_first_event_says(desk: Desk) -> None:
    """Written while nothing recorded it; ended two hours later: that is how long it took."""
    told, closed = uuid.uuid4(), uuid.uuid4()
    with desk.source.transaction():
        desk.source.execute("set local session_replication_role = replica")
        desk.source.execute(
            "insert into public.conversations (id, tenant_id, status, created_at) "
            "values (%(told)s, %(tenant)s, 'active', %(at)s), (%(closed)s, %(tenant)s, 'closed', %(at)s)",
            {"told": told, "closed": closed, "tenant": desk.tenant, "at": desk.clock},
        )
    desk.tell(
        "insert into public.conversation_events (tenant_id, conversation_id, event_type, from_status, to_status, occurred_at) "
        "values (%(tenant)s, %(told)s, 'status', 'active', 'resolved', %(at)s), "
        "(%(tenant)s, %(closed)s, 'status', 'resolved', 'closed', %(at)s)",
        told=told,
        closed=closed,
        at=desk.clock + timedelta(hours=2),
    )
    desk.later(hours=3)
    desk.refresh(full=True)
    assert of(desk, told, "full_resolution_seconds::text") == of(desk, told, "active_seconds::text") == "7200.000"
    assert of(desk, told, "resolution_type") == "resolved:manual"
    assert of(desk, closed, "full_resolution_seconds::text") == "0.000", "it had ended before it was recorded"
    at_source = desk.source.execute(
        "select conversation_id, total_duration_seconds::text, resolution_type "
        "from app.conversation_figures(%s, %s, %s) order by 2",
        (desk.tenant, [told, closed], desk.clock),
    )
    assert at_source.fetchall() == [(closed, "0.000", "closed:manual"), (told, "7200.000", "resolved:manual")]
