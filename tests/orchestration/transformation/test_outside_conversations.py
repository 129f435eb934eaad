"""What belongs to no conversation, and is in the marts all the same: runs of workflows, and who is there.

Belongs here: that a change of it alone is built, published, and counted. Not here: any history of them (`test_histories.py`).
"""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.orchestration.transformation.conftest import Desk, begin
from tests.orchestration.transformation.test_transform import changed

pytestmark = pytest.mark.usefixtures("every_server")


def test_a_run_outside_conversations_is_published_alone_and_counts_on_its_local_day(desk: Desk) -> None:
    """No conversation has changed; in one it counts once, as before."""
    told = begin(desk)
    desk.tell(
        "insert into public.workflows (id, tenant_id, name, trigger_type) values (%(tenant)s, %(tenant)s, 'Any', 'manual')"
    )
    desk.refresh()
    run = (
        "insert into public.workflow_executions (tenant_id, workflow_id, conversation_id, status, started_at) "
        "values (%(tenant)s, %(tenant)s, %(within)s, 'running', %(at)s)"
    )
    desk.tell(run, within=None, at=datetime(2024, 3, 8, 4, tzinfo=UTC))
    assert changed(desk.refresh()) == {"int_workflow_runs_outside": 1, "workflow_daily": 1}
    desk.tell(run, within=told, at=datetime(2024, 3, 8, 3, tzinfo=UTC))
    desk.refresh()
    found = (
        "select date::text, happened_runs, happened_runs_outside_conversations, happened_completed_runs "
        "from marts.workflow_daily order by date"
    )
    assert desk.warehouse.execute(found).fetchall() == [("2024-03-07", 2, 1, 0)]
    desk.tell("update public.workflow_executions set status = 'completed', completed_at = started_at")
    desk.tell("update public.workflow_executions set conversation_id = null")
    desk.refresh()
    assert desk.warehouse.execute(found).fetchall() == [("2024-03-07", 2, 2, 2)]
    desk.tell("update public.workflow_executions set conversation_id = %(id)s", id=told)
    desk.refresh()
    assert desk.warehouse.execute(found).fetchall() == [("2024-03-07", 2, 0, 2)]
    desk.tell("delete from public.workflow_executions", reason="correction")
    desk.refresh()
    assert desk.warehouse.execute(found).fetchall() == []


def test_who_is_there_is_published_alone_and_is_of_the_present(desk: Desk) -> None:
    begin(desk)
    agent = uuid.uuid4()
    desk.tell("insert into auth.users (id) values (%(id)s)", id=agent)
    desk.tell(
        "insert into public.profiles (id, tenant_id, email, full_name, role) "
        "values (%(id)s, %(tenant)s, 'ann@example.com', 'Ann', 'agent')",
        id=agent,
    )
    desk.tell(
        "insert into public.agent_availability (tenant_id, agent_id) values (%(tenant)s, %(id)s) on conflict do nothing",
        id=agent,
    )
    desk.refresh()
    found = "select is_online, open_conversations, most_conversations, utilisation from marts.agent_availability"
    assert desk.warehouse.execute(found).fetchall() == [(False, 0, 5, None)]
    desk.tell("update public.agent_availability set is_online = true, max_concurrent_chats = 4")
    assert changed(desk.refresh()) == {"agent_availability": 1}
    desk.tell("update public.conversations set assigned_agent_id = %(id)s", id=agent)
    desk.refresh()
    assert desk.warehouse.execute(found).fetchall() == [(True, 1, 4, Decimal("0.25"))]
