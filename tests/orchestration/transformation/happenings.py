"""What can happen at a desk: to conversations and what belongs to them, to settings and hours, to people; and refreshes between.

Belongs here: each as an action, drawn by hypothesis or written down, and its statement. Not here: what must come of it
(`test_histories.py`).
"""

import uuid
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from orchestration.transformation import touch
from tests.orchestration.transformation.conftest import Desk

PEOPLE = 5
# Named by letters: each of the two tenants has its own.
AGENTS = ("Ann", "Bob")
CUSTOMERS = 2
# Behind and ahead of the clock: late messages, and an application whose clock is fast.
OFFSETS = st.sampled_from((-50, -26, -3, -0.5, 0, 0.01, 4))
WHO = st.integers(0, PEOPLE - 1)
SETTINGS = (
    "conversation_auto_close_time=3600", "conversation_auto_close_time=200000", "sla_first_response_seconds=3600",
    "sla_resolution_seconds=7200", "sla_business_hours=true", "sla_business_hours=false", "chatbot_handoff_threshold=0.9",
)  # fmt: skip
ACTIONS = st.one_of(
    st.tuples(st.just("begins"), WHO, OFFSETS, st.sampled_from(("email", "website"))),
    st.tuples(st.just("says"), WHO, OFFSETS, st.sampled_from(("customer", "ai", "agent", "system", "note"))),
    st.tuples(
        st.just("becomes"), WHO, OFFSETS, st.sampled_from(("open", "pending", "escalated", "resolved", "closed"))
    ),
    st.tuples(st.just("goes_to"), WHO, OFFSETS, st.sampled_from((*AGENTS, None))),
    st.tuples(st.just("is_rated"), WHO, OFFSETS, st.sampled_from((1, 4.5))),
    st.tuples(st.just("is_taken_by"), WHO, OFFSETS, st.sampled_from((*AGENTS, None))),
    st.tuples(st.just("is_taught"), WHO, OFFSETS, st.sampled_from((True, False, None))),
    st.tuples(st.just("is_delivered"), WHO, OFFSETS, st.sampled_from(("sent", "read", "failed"))),
    st.tuples(st.just("is_worked_on"), WHO, OFFSETS, st.sampled_from(("running", "completed"))),
    st.tuples(st.just("runs_alone"), WHO, OFFSETS, st.sampled_from(("running", "completed"))),
    st.tuples(st.just("is_let_go"), WHO, st.just(0), st.just(None)),
    st.tuples(st.just("loses_a_run"), WHO, st.just(0), st.sampled_from((None, "retention", "correction"))),
    st.tuples(st.just("comes"), WHO, st.just(0), st.sampled_from((True, False))),
    st.tuples(st.just("takes"), WHO, st.just(0), st.sampled_from((None, 1500))),
    st.tuples(st.just("sounds"), WHO, st.just(0), st.sampled_from(("positive", "negative", None))),
    st.tuples(st.just("learns"), WHO, st.just(0), st.sampled_from(("active", "archived"))),
    st.tuples(st.just("is_assigned"), WHO, st.just(0), st.sampled_from((*AGENTS, None))),
    st.tuples(st.just("is_scored"), WHO, st.just(0), st.sampled_from((2, 5))),
    st.tuples(st.just("is_filed"), WHO, st.just(0), st.sampled_from(("sales", "support"))),
    st.tuples(st.just("is_worth"), WHO, st.just(0), st.sampled_from((0, 99.5))),
    st.tuples(st.just("is_noted"), WHO, OFFSETS, st.just(None)),
    st.tuples(st.just("is_erased"), WHO, st.just(0), st.just(None)),
    st.tuples(st.just("opens"), WHO, st.just(0), st.sampled_from(("09:00", "13:30", None))),
    st.tuples(st.just("opens_anew"), WHO, st.sampled_from((-1000, -26, 0, 30)), st.sampled_from(("07:00", "11:00"))),
    st.tuples(st.just("has_a_special_day"), WHO, OFFSETS, st.sampled_from(("10:00", None))),
    st.tuples(st.just("moves"), WHO, OFFSETS, st.sampled_from(("sms", "email"))),
    st.tuples(st.just("forgets"), WHO, st.just(0), st.sampled_from((None, "retention", "erasure", "correction"))),
    st.tuples(st.just("loses_a_message"), WHO, st.just(0), st.sampled_from((None, "retention", "correction"))),
    st.tuples(st.just("is_corrected"), WHO, OFFSETS, st.sampled_from(("customer", "agent", "ai"))),
    st.tuples(st.just("never_opened_so"), WHO, st.just(0), st.just(None)),
    st.tuples(st.just("sets"), WHO, st.just(0), st.sampled_from(SETTINGS)),
    st.tuples(st.just("lives_in"), WHO, st.just(0), st.sampled_from(("Asia/Kolkata", "UTC"))),
    st.tuples(st.just("waits"), st.just(0), st.sampled_from((0.02, 1.5, 30)), st.just(None)),
    st.tuples(st.just("refresh"), st.just(0), st.just(0), st.sampled_from((None, None, None, "full", "and full"))),
    st.tuples(st.just("rebuilds_days"), st.just(0), OFFSETS, st.sampled_from((0, 1, 40))),
)
STATEMENTS = {
    "begins": "insert into public.conversations (id, tenant_id, customer_id, channel_type, created_at) "
    "select %(id)s, %(tenant)s, (select id from public.customer_profiles where id = %(customer)s), %(what)s, %(at)s "
    "on conflict do nothing",
    "says": "insert into public.messages (tenant_id, conversation_id, sender_type, content, is_internal, created_at) "
    "select tenant_id, id, case %(what)s when 'note' then 'agent' else %(what)s end, '', %(what)s = 'note', %(at)s "
    "from public.conversations where id = %(id)s",
    "becomes": "insert into public.conversation_events (tenant_id, conversation_id, event_type, to_status, occurred_at) "
    "select tenant_id, id, 'status', %(what)s, %(at)s from public.conversations where id = %(id)s",
    "goes_to": "insert into public.conversation_events (tenant_id, conversation_id, event_type, to_agent_id, occurred_at) "
    "select tenant_id, id, 'assignment', %(what)s, %(at)s from public.conversations where id = %(id)s",
    "is_rated": "insert into public.conversation_events (tenant_id, conversation_id, event_type, score, occurred_at) "
    "select tenant_id, id, 'rating', %(what)s, %(at)s from public.conversations where id = %(id)s",
    "is_taken_by": "insert into public.conversation_transfers "
    "(tenant_id, conversation_id, from_agent_id, to_agent_id, status, accepted_at) "
    "select tenant_id, id, %(what)s::uuid, %(other)s, 'accepted', %(at)s from public.conversations where id = %(id)s",
    "is_taught": "insert into public.knowledge_analytics "
    "(tenant_id, conversation_id, knowledge_item_id, was_helpful, created_at) "
    "select c.tenant_id, c.id, k.id, %(what)s, %(at)s from public.conversations as c "
    "inner join public.knowledge_items as k on k.tenant_id = c.tenant_id where c.id = %(id)s",
    "is_delivered": "insert into public.message_delivery_tracking "
    "(tenant_id, message_id, channel_type, delivery_status, created_at) "
    "select tenant_id, id, 'sms', %(what)s, %(at)s from public.messages "
    "where conversation_id = %(id)s and sender_type <> 'customer' and not is_internal",
    "is_worked_on": "with known as ("
    "insert into public.workflows (id, tenant_id, name, trigger_type) values (%(tenant)s, %(tenant)s, 'Any', 'manual') "
    "on conflict (id) do update set updated_at = now() returning id, tenant_id) "
    "insert into public.workflow_executions "
    "(id, tenant_id, workflow_id, conversation_id, status, started_at, completed_at) "
    "select c.id, c.tenant_id, known.id, c.id, %(what)s, %(at)s, "
    "case %(what)s when 'completed' then %(at)s::timestamptz + interval '1 minute' end "
    "from public.conversations as c inner join known on known.tenant_id = c.tenant_id where c.id = %(id)s "
    "on conflict (id) do update set status = excluded.status, started_at = excluded.started_at, "
    "completed_at = excluded.completed_at",
    "runs_alone": "with known as ("
    "insert into public.workflows (id, tenant_id, name, trigger_type) values (%(tenant)s, %(tenant)s, 'Any', 'manual') "
    "on conflict (id) do update set updated_at = now() returning id, tenant_id) "
    "insert into public.workflow_executions (id, tenant_id, workflow_id, status, started_at, completed_at) "
    "select md5(%(id)s::text)::uuid, tenant_id, id, %(what)s, %(at)s, "
    "case %(what)s when 'completed' then %(at)s::timestamptz + interval '1 minute' end from known "
    "on conflict (id) do update set status = excluded.status, started_at = excluded.started_at, "
    "completed_at = excluded.completed_at",
    "is_let_go": "update public.workflow_executions set conversation_id = null where conversation_id = %(id)s",
    "loses_a_run": "delete from public.workflow_executions where id in (%(id)s, md5(%(id)s::text)::uuid)",
    "comes": "update public.agent_availability set is_online = %(what)s where tenant_id = %(tenant)s",
    "takes": "update public.messages set processing_time_ms = %(what)s where conversation_id = %(id)s",
    "sounds": "update public.conversations set sentiment = %(what)s where id = %(id)s",
    "learns": "insert into public.knowledge_items (id, tenant_id, title, content, source_type, status) "
    "values (%(tenant)s, %(tenant)s, 'Any', '', 'manual', %(what)s) on conflict (id) do update set status = excluded.status",
    "opens": "with week as ("
    "insert into public.tenant_business_schedules (id, tenant_id) values (%(tenant)s, %(tenant)s) "
    "on conflict (id) do update set updated_at = now() returning id), "
    "closed as (delete from public.tenant_business_hours "
    "where tenant_id = %(tenant)s and opens_at is distinct from %(what)s::time) "
    "insert into public.tenant_business_hours (tenant_id, schedule_id, weekday, opens_at, closes_at) "
    "select %(tenant)s, week.id, weekday, %(what)s::time, '17:00' from week, generate_series(1, 5) as weekday "
    "where %(what)s::time is not null on conflict do nothing",
    "moves": "update public.conversations set channel_type = %(what)s, created_at = %(at)s where id = %(id)s",
    "forgets": "delete from public.conversations where id = %(id)s",
    "loses_a_message": "delete from public.messages where id = "
    "(select max(id::text)::uuid from public.messages where conversation_id = %(id)s)",
    "is_corrected": "update public.messages set sender_type = %(what)s, created_at = %(at)s where id = "
    "(select min(id::text)::uuid from public.messages where conversation_id = %(id)s)",
    "never_opened_so": "delete from public.tenant_business_schedules where id = ("
    "select id from public.tenant_business_schedules where tenant_id = %(tenant)s order by valid_from desc limit 1)",
    "opens_anew": "with week as ("
    "insert into public.tenant_business_schedules (tenant_id, valid_from) values (%(tenant)s, %(at)s::timestamptz::date) "
    "on conflict do nothing returning id) "
    "insert into public.tenant_business_hours (tenant_id, schedule_id, weekday, opens_at, closes_at) "
    "select %(tenant)s, week.id, weekday, %(what)s::time, '19:00' from week, generate_series(1, 7) as weekday",
    "has_a_special_day": "insert into public.tenant_special_days (tenant_id, day, opens_at, closes_at) "
    "values (%(tenant)s, %(at)s::timestamptz::date, %(what)s::time, case when %(what)s::time is not null then time '12:00' end) "
    "on conflict do nothing",
    "is_assigned": "update public.conversations set assigned_agent_id = %(what)s where id = %(id)s",
    "is_scored": "update public.conversations set satisfaction_score = %(what)s where id = %(id)s",
    "is_filed": "update public.conversations set department = %(what)s, "
    "priority = case %(what)s when 'sales' then 'urgent' else 'low' end, "
    "language = case %(what)s when 'sales' then 'fr' else 'en' end where id = %(id)s",
    "is_worth": "update public.conversations set business_context = "
    "jsonb_build_object('revenue_generated', %(what)s::numeric, 'lead_qualified', %(what)s > 0) where id = %(id)s",
    "is_noted": "insert into public.conversation_notes (tenant_id, conversation_id, note, created_at) "
    "select tenant_id, id, 'Any', %(at)s from public.conversations where id = %(id)s",
    "is_erased": "with asked as (insert into public.erasure_requests (tenant_id, customer_id) "
    "select tenant_id, id from public.customer_profiles where id = %(customer)s "
    "on conflict do nothing returning id) select id from asked",
    "sets": "insert into public.system_settings (tenant_id, setting_key, setting_value) "
    "values (%(tenant)s, split_part(%(what)s, '=', 1), to_jsonb(split_part(%(what)s, '=', 2))) "
    "on conflict (tenant_id, setting_key) do update set setting_value = excluded.setting_value",
    "lives_in": "update public.tenants set timezone = %(what)s where id = %(tenant)s",
}
# Deletes that say why.
REASONED = ("forgets", "loses_a_message", "loses_a_run")
ERASE = (
    "select app.erase_customer(id, false) from public.erasure_requests "
    "where tenant_id = %(tenant)s and customer_id = %(customer)s"
)
Action = tuple[str, int, float, Any]


def happens(desk: Desk, action: Action) -> None:
    what, who, hours, value = action
    if what == "refresh" and value == "and full":
        # A full one alone would mend whatever the refreshes before it have missed.
        desk.refresh()
        in_steps = desk.published()
        desk.refresh(full=True)
        assert desk.published() == in_steps
    elif what == "refresh":
        desk.refresh(full=value == "full")
    elif what == "rebuilds_days":
        first = (desk.clock + timedelta(hours=hours)).date()
        touch.days(desk.warehouse, first=first, last=first + timedelta(days=value))
        desk.refresh()
    elif what == "waits":
        desk.later(hours=hours)
    else:
        tenant = tenants(desk)[who % 2]
        customer = uuid.uuid5(tenant, f"customer {who // 2 % CUSTOMERS}")
        desk.tell(
            STATEMENTS[what],
            tenant=tenant,
            id=uuid.uuid5(tenant, str(who)),
            customer=customer,
            at=desk.clock + timedelta(hours=hours),
            what=uuid.uuid5(tenant, value) if value in AGENTS else value,
            other=uuid.uuid5(tenant, next(agent for agent in AGENTS if agent != value)),
            reason=value if what in REASONED else None,
        )
        if what == "is_erased":
            desk.tell(ERASE, tenant=tenant, customer=customer)


def tenants(desk: Desk) -> tuple[uuid.UUID, uuid.UUID]:
    """The desk's own, and another that lives in UTC."""
    return desk.tenant, uuid.uuid5(desk.tenant, "another")


def arrive(desk: Desk) -> None:
    """The other tenant, and the people of both."""
    desk.tell("insert into public.tenants (id, slug, name) values (%(id)s, 'other', 'Other')", id=tenants(desk)[1])
    for tenant in tenants(desk):
        for agent in AGENTS:
            made = uuid.uuid5(tenant, agent)
            desk.tell("insert into auth.users (id) values (%(id)s)", id=made)
            desk.tell(
                "insert into public.profiles (id, tenant_id, email, full_name, role) "
                "values (%(id)s, %(tenant)s, %(id)s::text || '@example.com', 'An agent', 'agent')",
                id=made,
                tenant=tenant,
            )
        for customer in range(CUSTOMERS):
            desk.tell(
                "insert into public.customer_profiles (id, tenant_id, name) values (%(id)s, %(tenant)s, %(name)s)",
                id=uuid.uuid5(tenant, f"customer {customer}"),
                tenant=tenant,
                name=f"Customer {customer}",
            )
