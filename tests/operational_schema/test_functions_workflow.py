"""What the steps of workflows do: every one of the vocabulary, conditions, and failing.

Belongs here: steps. Not here: runs that wait, loop and are counted (`test_workflow_runs.py`), widgets and scans
(`test_functions_widget.py`).
"""

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant, Workflow
from tests.operational_schema.workflow_runs import Step, message, run, said, state

pytestmark = pytest.mark.usefixtures("every_server")


def test_every_step_does_what_it_says(connection: psycopg.Connection, workflow: Workflow, acme: Tenant) -> None:
    made = workflow(
        message("Hello {{ name }}, not {{name}}."), {"type": "send_message", "content": "psst", "internal": True},
        {"type": "add_note", "note": "Seen by a workflow", "note_type": "escalation"},
        {"type": "set_priority", "priority": "high"}, {"type": "add_tag", "tag": "a"}, {"type": "add_tag", "tag": "a"},
        {"type": "add_tag", "tag": "b"}, {"type": "remove_tag", "tag": "b"}, {"type": "assign", "agent": str(acme.admin)},
        {"type": "set_status", "status": "pending"}, {"type": "set_context", "key": "x", "value": [1]},
        {"type": "stop"}, {"type": "set_status", "status": "closed"},
    )  # fmt: skip
    done = run(connection, made, acme.conversation, name="{{x}} Ada")
    assert (done["status"], done["error_message"], done["steps_taken"]) == ("completed", None, 12)
    assert done["completed_at"] >= done["started_at"]
    assert done["context"] == {"name": "{{x}} Ada", "x": [1]}
    assert [(entry["step"], entry["type"], entry["result"]) for entry in done["execution_log"]][:2] == [
        ("0", "send_message", "done"), ("1", "send_message", "done")]  # fmt: skip
    assert said(connection, acme) == ["Hello {{x}} Ada, not {{x}} Ada.", "psst"]
    now = state(connection, acme.conversation)
    assert (now["priority"], now["tags"], now["assigned_agent_id"], now["status"]) == (
        "high",
        ["a"],
        acme.admin,
        "pending",
    )
    notes = connection.execute(
        "select note_type from public.conversation_notes where note = 'Seen by a workflow' and conversation_id = %s",
        (acme.conversation,),
    )
    assert notes.fetchall() == [("escalation",)]
    events = connection.execute(
        "select event_type, is_automatic from public.conversation_events where conversation_id = %s and is_automatic",
        (acme.conversation,),
    )
    assert {kind for kind, _ in events} == {"status", "assignment"}


def test_handing_over_and_assigning_to_nobody(connection: psycopg.Connection, workflow: Workflow, acme: Tenant) -> None:
    handoff = workflow({"type": "handoff", "reason": "unsure", "department": "billing"})
    assert run(connection, handoff, acme.conversation)["status"] == "completed"
    now = state(connection, acme.conversation)
    assert (now["status"], now["handoff_reason"], now["department"]) == ("escalated", "unsure", "billing")
    assign = [{"type": "assign", "agent": str(acme.agent)}, {"type": "assign", "agent": None}]
    assert run(connection, workflow(*assign), acme.conversation)["status"] == "completed"
    assert state(connection, acme.conversation)["assigned_agent_id"] is None


def test_a_webhook_is_queued_for_each_active_subscription(
    connection: psycopg.Connection, workflow: Workflow, acme: Tenant, other: Tenant
) -> None:
    connection.execute("update public.webhook_subscriptions set event_type = 'escalated'")
    connection.execute(
        "insert into public.webhook_subscriptions (tenant_id, integration_id, event_type, webhook_url, is_active) "
        "select tenant_id, integration_id, event_type, 'https://two.example', false from public.webhook_subscriptions"
    )
    before = connection.execute("select count(*) from public.webhook_logs").fetchone()
    made = workflow({"type": "trigger_webhook", "event": "escalated", "payload": {"level": 2}})
    done = run(connection, made, acme.conversation)
    rows = connection.execute(
        "select tenant_id, payload, response_status from public.webhook_logs where event_type = 'escalated' "
        "and payload ? 'execution_id'"
    ).fetchall()
    payload = {"level": 2, "conversation_id": str(acme.conversation), "execution_id": str(done["id"])}
    assert rows == [(acme.tenant, payload, None)]
    assert before


FAILING = (
    ({"type": "dance"}, 'step 1 (dance): unknown type of step "dance"'),
    ({"tip": "send_message"}, 'step 1 (no type): unknown type of step ""'),
    ("send_message", 'step 1 (no type): unknown type of step ""'),
    ({"type": "send_message"}, "step 1 (send_message): it says no content"),
    ({"type": "send_message", "content": "Dear {{nobody}}"}, "step 1 (send_message): the context has no nobody"),
    ({"type": "set_status", "status": "asleep"}, "conversations_status_known"),
    ({"type": "set_priority", "priority": None}, "step 1 (set_priority): it says no priority"),
    ({"type": "assign", "agent": "not a key"}, "step 1 (assign): nobody active here is agent not a key"),
    ({"type": "assign", "agent": "RETIRED"}, "nobody active here"),
    ({"type": "assign", "agent": "USER"}, "nobody active here"),
    ({"type": "assign", "agent": "FOREIGN"}, "nobody active here"),
    ({"type": "assign"}, "it says no agent"),
    ({"type": "goto", "step": "nowhere"}, 'no step has the name "nowhere"'),
    ({"type": "wait"}, "it says no seconds"),
    ({"type": "wait", "seconds": "soon"}, "invalid input syntax"),
    ({"type": "condition", "if": {"field": "mood", "equals": 1}}, 'step 1 (condition): there is no field "mood"'),
    ({"type": "condition", "if": {"field": "status"}}, "if takes a field and one of equals"),
    ({"type": "condition", "if": {"field": "status", "equals": "active"}, "then": "x"}, "step 1.then.0 (no type)"),
)  # fmt: skip


@pytest.mark.parametrize(("step", "message_part"), FAILING)
def test_what_cannot_be_done_ends_the_run_and_says_why(
    step: object, message_part: str, connection: psycopg.Connection, workflow: Workflow, acme: Tenant, other: Tenant
) -> None:
    if isinstance(step, dict) and step.get("agent") in ("RETIRED", "USER", "FOREIGN"):
        person = {"RETIRED": acme.retired, "USER": acme.user, "FOREIGN": other.agent}[step["agent"]]
        step = {**step, "agent": str(person)}
    failed = run(connection, workflow(message("before"), step, message("after")), acme.conversation)
    assert (failed["status"], failed["completed_at"] is not None) == ("failed", True)
    assert message_part in failed["error_message"]
    assert [entry["result"] for entry in failed["execution_log"]][-1] == "failed"
    assert said(connection, acme) == ["before"]


def test_of_a_step_that_fails_nothing_stays(connection: psycopg.Connection, workflow: Workflow, acme: Tenant) -> None:
    """A webhook for two subscriptions, the second of which cannot be queued."""
    connection.execute("update public.webhook_subscriptions set event_type = 'x'")
    connection.execute(
        "insert into public.webhook_subscriptions (tenant_id, integration_id, event_type, webhook_url) "
        "select tenant_id, integration_id, 'x', 'https://two.example' from public.webhook_subscriptions"
    )
    connection.execute(
        "create function public.refuse_second() returns trigger language plpgsql as $$ begin "
        "if (select count(*) from public.webhook_logs where event_type = 'x') > 0 then raise 'full'; end if; "
        "return new; end; $$; create trigger refuse before insert on public.webhook_logs "
        "for each row when (new.event_type = 'x') execute function public.refuse_second()"
    )
    before = connection.execute("select count(*) from public.webhook_logs").fetchone()
    failed = run(connection, workflow(message("a"), {"type": "trigger_webhook", "event": "x"}), acme.conversation)
    assert failed["error_message"] == "step 1 (trigger_webhook): full"
    assert connection.execute("select count(*) from public.webhook_logs").fetchone() == before
    assert said(connection, acme) == ["a"]


CONDITIONS = (
    ({"field": "priority", "equals": "normal"}, True), ({"field": "priority", "equals": "high"}, False),
    ({"field": "sentiment", "equals": "positive"}, False), ({"field": "sentiment", "not_equals": "positive"}, True),
    ({"field": "sentiment", "exists": False}, True), ({"field": "status", "exists": True}, True),
    ({"field": "priority", "in": ["low", "normal"]}, True), ({"field": "priority", "in": []}, False),
    ({"field": "tags", "contains": "vip"}, True), ({"field": "tags", "contains": "v"}, False),
    ({"field": "department", "contains": "ENER"}, True), ({"field": "message_count", "greater_than": 0}, True),
    ({"field": "message_count", "less_than": 1}, False), ({"field": "is_assigned", "equals": True}, True),
    ({"field": "context.plan", "equals": "pro"}, True), ({"field": "context.none", "equals": None}, False),
    ({"field": "context.none", "greater_than": 1}, False),
)  # fmt: skip


@pytest.mark.parametrize(("condition", "holds"), CONDITIONS)
def test_conditions(
    condition: Step, holds: bool, connection: psycopg.Connection, workflow: Workflow, acme: Tenant
) -> None:
    connection.execute(
        "update public.conversations set tags = '{vip}', department = 'general' where id = %s", (acme.conversation,)
    )
    made = workflow(
        {"type": "condition", "if": condition, "then": [message("yes")], "else": [message("no")]}, message("end")
    )
    assert run(connection, made, acme.conversation, plan="pro")["status"] == "completed"
    assert said(connection, acme) == ["yes" if holds else "no", "end"]
