"""What workflows do: every step of the vocabulary, failing, waiting, looping, and how runs are counted.

Belongs here: execute_workflow, resuming, statistics. Not here: widgets and scans (`test_functions_widget.py`).
"""

import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import errors
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

Step = dict[str, Any]
Run = dict[str, Any]
Workflow = Callable[..., uuid.UUID]


@pytest.fixture
def workflow(connection: psycopg.Connection, acme: Tenant) -> Workflow:
    """Makes a workflow of steps."""

    def make(*steps: object, active: bool = True) -> uuid.UUID:
        row = connection.execute(
            "insert into public.workflows (tenant_id, name, trigger_type, steps, is_active) "
            "values (%s, gen_random_uuid()::text, 'manual', %s, %s) returning id",
            (acme.tenant, Jsonb(list(steps)), active),
        ).fetchone()
        assert row
        return row[0]  # type: ignore[no-any-return]

    return make


def run(
    connection: psycopg.Connection, workflow: uuid.UUID | None, conversation: uuid.UUID | None, **context: object
) -> Run:
    """Execute a workflow; the row of the run."""
    row = connection.execute(
        "select public.execute_workflow(%s, %s, %s)", (workflow, conversation, Jsonb(context))
    ).fetchone()
    assert row
    return look(connection, row[0])


def look(connection: psycopg.Connection, execution: uuid.UUID) -> Run:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute("select * from public.workflow_executions where id = %s", (execution,)).fetchone()
    assert found
    return found


def state(connection: psycopg.Connection, conversation: uuid.UUID) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute("select * from public.conversations where id = %s", (conversation,)).fetchone()
    assert found
    return found


def message(content: str) -> Step:
    return {"type": "send_message", "content": content}


def said(connection: psycopg.Connection, acme: Tenant) -> list[str]:
    """What workflows have written, in order."""
    rows = connection.execute(
        "select content from public.messages where conversation_id = %s and sender_type = 'system' order by ordinal",
        (acme.conversation,),
    )
    return [content for (content,) in rows]


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


def test_a_run_waits_within_nested_conditions_and_goes_on_there(
    connection: psycopg.Connection, workflow: Workflow, acme: Tenant
) -> None:
    inner = {
        "type": "condition", "if": {"field": "context.no", "exists": True}, "then": [message("wrong")],
        "else": [message("2"), {"type": "wait", "seconds": 3600}, message("3")],
    }  # fmt: skip
    outer = {"type": "condition", "if": {"field": "priority", "equals": "normal"},
             "then": [message("1"), inner, message("4")], "else": [message("wrong")]}  # fmt: skip
    made = workflow(outer, message("5"))
    waiting = run(connection, made, acme.conversation)
    assert (waiting["status"], waiting["completed_at"]) == ("paused", None)
    assert 3590 < (waiting["resume_at"] - waiting["started_at"]).total_seconds() < 3700
    assert said(connection, acme) == ["1", "2"]
    assert connection.execute("select public.resume_due_workflows()").fetchone() == (0,)
    # The workflow is rewritten meanwhile: this run goes on with what it began.
    connection.execute("update public.workflows set steps = '[]' where id = %s", (made,))
    connection.execute("update public.workflow_executions set resume_at = now() where id = %s", (waiting["id"],))
    assert connection.execute("select public.resume_due_workflows()").fetchone() == (1,)
    assert said(connection, acme) == ["1", "2", "3", "4", "5"]
    done = look(connection, waiting["id"])
    assert (done["status"], done["resume_at"]) == ("completed", None)
    assert connection.execute("select public.resume_due_workflows()").fetchone() == (0,)


def test_a_run_whose_workflow_was_switched_off_meanwhile_fails(
    connection: psycopg.Connection, workflow: Workflow, acme: Tenant
) -> None:
    made = workflow({"type": "wait", "seconds": 0}, message("late"))
    waiting = run(connection, made, acme.conversation)
    connection.execute("update public.workflows set is_active = false where id = %s", (made,))
    assert connection.execute("select public.resume_workflow(%s)", (waiting["id"],)).fetchone() == ("failed",)
    assert look(connection, waiting["id"])["error_message"] == "the workflow was switched off while the run waited"
    assert said(connection, acme) == []


def test_an_endless_run_is_ended(connection: psycopg.Connection, workflow: Workflow, acme: Tenant) -> None:
    loop = workflow({**message("again"), "name": "start"}, {"type": "goto", "step": "start"})
    ended = run(connection, loop, acme.conversation)
    assert "100 steps were taken, and it would go on" in ended["error_message"]
    assert len(said(connection, acme)) == 50
    connection.execute(
        "insert into public.system_settings (tenant_id, setting_key, setting_value) values (%s, 'workflow_max_steps', '5')",
        (acme.tenant,),
    )
    assert "5 steps were taken" in run(connection, loop, acme.conversation)["error_message"]
    # Waiting does not begin the count anew.
    patient = workflow({"type": "wait", "seconds": 0, "name": "start"}, {"type": "goto", "step": "start"})
    execution = run(connection, patient, None)["id"]
    while look(connection, execution)["status"] == "paused":
        connection.execute("select public.resume_workflow(%s)", (execution,))
    assert "5 steps were taken" in look(connection, execution)["error_message"]


def test_a_run_without_a_conversation(connection: psycopg.Connection, workflow: Workflow, acme: Tenant) -> None:
    assert run(connection, workflow({"type": "set_context", "key": "a", "value": 1}), None)["status"] == "completed"
    assert run(connection, workflow(), None)["steps_taken"] == 0
    failed = run(connection, workflow(message("x")), None)
    assert failed["error_message"] == "step 0 (send_message): the run has no conversation"


def test_what_is_refused_leaves_no_run(
    connection: psycopg.Connection, workflow: Workflow, acme: Tenant, other: Tenant
) -> None:
    before = connection.execute("select count(*) from public.workflow_executions").fetchone()
    with pytest.raises(errors.NullValueNotAllowed, match="no workflow is named"):
        run(connection, None, acme.conversation)
    with pytest.raises(errors.NoDataFound, match="there is no workflow"):
        run(connection, uuid.uuid4(), acme.conversation)
    with pytest.raises(errors.ObjectNotInPrerequisiteState, match="is not active"):
        run(connection, workflow(active=False), acme.conversation)
    for conversation in (other.conversation, uuid.uuid4()):
        with pytest.raises(errors.NoDataFound, match="there is no conversation"):
            run(connection, workflow(), conversation)
    with pytest.raises(errors.CheckViolation):
        connection.execute("select public.execute_workflow(%s, null, '[]')", (workflow(),))
    assert connection.execute("select count(*) from public.workflow_executions").fetchone() == before


def test_staff_of_the_tenant_run_its_workflows_and_nobody_else(
    connection: psycopg.Connection, workflow: Workflow, acme: Tenant, other: Tenant
) -> None:
    made = workflow({"type": "wait", "seconds": 0}, message("hello"))
    for claims in (acme.claims(acme.user), acme.claims(acme.retired), other.claims(other.admin), None):
        with acting(connection, claims), pytest.raises(errors.NoDataFound, match="there is no workflow"):
            run(connection, made, acme.conversation)
    with acting(connection, None, role="anon"), pytest.raises(errors.InsufficientPrivilege):
        run(connection, made, acme.conversation)
    for role, claims in (("authenticated", acme.claims(acme.agent)), ("service_role", None)):
        with acting(connection, claims, role=role):
            execution = run(connection, made, acme.conversation)["id"]
            assert connection.execute("select public.resume_workflow(%s)", (execution,)).fetchone() == ("completed",)
            with pytest.raises(errors.ObjectNotInPrerequisiteState, match="does not wait: it is completed"):
                connection.execute("select public.resume_workflow(%s)", (execution,))
    waiting = run(connection, made, acme.conversation)["id"]
    with acting(connection, other.claims(other.admin)), pytest.raises(errors.NoDataFound, match="there is no run"):
        connection.execute("select public.resume_workflow(%s)", (waiting,))


def test_nobody_slips_steps_into_a_waiting_run(
    connection: psycopg.Connection, workflow: Workflow, acme: Tenant
) -> None:
    made = workflow({"type": "wait", "seconds": 0})
    run(connection, made, acme.conversation)
    for statement in (
        "update public.workflow_executions set steps = '[]'",
        "insert into public.workflow_executions (tenant_id, workflow_id, status, steps) values (%(t)s, %(w)s, 'completed', '[]')",
        "insert into public.workflow_executions (tenant_id, workflow_id, status) values (%(t)s, %(w)s, 'paused')",
    ):
        with acting(connection, acme.claims(acme.admin)), pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement.encode(), {"t": acme.tenant, "w": made})


def counts(connection: psycopg.Connection, workflow: uuid.UUID) -> tuple[int, ...]:
    row = connection.execute(
        "select execution_count, success_count, failure_count from public.workflows where id = %s", (workflow,)
    ).fetchone()
    assert row
    return tuple(row)


def test_each_run_is_counted_once(connection: psycopg.Connection, workflow: Workflow, acme: Tenant) -> None:
    """Also rows that come in ended, later updates, and corrections; the platform's own counted every update again."""
    made = workflow({"type": "condition", "if": {"field": "context.bad", "exists": True}, "then": [{"type": "dance"}]})
    run(connection, made, acme.conversation)
    run(connection, made, acme.conversation, bad=1)
    assert counts(connection, made) == (2, 1, 1)
    with acting(connection, acme.claims(acme.agent), keep=True):
        connection.execute(
            "insert into public.workflow_executions (tenant_id, workflow_id, status, error_message, execution_data) "
            "values (%s, %s, 'completed', null, '{\"a\": 1}'), (%s, %s, 'failed', 'x', '{}')",
            (acme.tenant, made) * 2,
        )
    assert counts(connection, made) == (4, 2, 2)
    late = "update public.workflow_executions set {} where workflow_id = %s and status = 'completed'"
    for change in ("context = '{\"late\": 1}'", "status = 'completed'", "completed_at = completed_at"):
        connection.execute(late.format(change).encode(), (made,))
    assert counts(connection, made) == (4, 2, 2)
    connection.execute(late.format("status = 'failed', error_message = 'found out later'").encode(), (made,))
    assert counts(connection, made) == (4, 0, 4)
    with pytest.raises(errors.ObjectNotInPrerequisiteState, match="has ended, and cannot be running again"):
        connection.execute("update public.workflow_executions set status = 'running' where workflow_id = %s", (made,))
    ended = connection.execute(
        "select bool_and(completed_at is not null) from public.workflow_executions where workflow_id = %s", (made,)
    )
    assert ended.fetchone() == (True,)
