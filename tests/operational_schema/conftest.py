"""Two tenants with their people, and how to become one of them."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import psycopg
import pytest


@dataclass(frozen=True)
class Tenant:
    """A tenant, its people by role, and one conversation."""

    id: uuid.UUID
    people: dict[str, uuid.UUID]
    conversation: uuid.UUID


@pytest.fixture
def tenants(operational_url: str) -> dict[str, Tenant]:
    """A and B: an admin, an agent and a user each, and a row in every table of the tenant."""
    with psycopg.connect(operational_url) as connection:
        return {name: make_tenant(connection, name) for name in ("A", "B")}


A_ROW_IN_EVERY_TABLE = """
        with customer as (
            insert into public.customer_profiles (tenant_id, email) values (%(t)s, 'c@example.com') returning id
        ), schedule as (
            insert into public.tenant_business_schedules (tenant_id) values (%(t)s) returning id
        ), hours as (
            insert into public.tenant_business_hours (tenant_id, schedule_id, weekday, opens_at, closes_at)
            select %(t)s, id, 1, '09:00', '17:00' from schedule
        ), special as (
            insert into public.tenant_special_days (tenant_id, day) values (%(t)s, '2024-12-25')
        ), setting as (
            insert into public.system_settings (tenant_id, setting_key, setting_value) values (%(t)s, 'rating_scale', '5')
        ), report as (
            insert into public.scheduled_reports (tenant_id, slug, name, report_type, schedule_cron, recipients)
            values (%(t)s, 'daily', 'Daily', 'performance', '0 9 * * *', '{a@example.com}') returning id
        ), delivery as (
            insert into public.report_deliveries (tenant_id, report_id, slot_local, slot_at, recipient, message_id)
            select %(t)s, id, '2024-01-01', '2024-01-01', 'a@example.com', '<1@example.com>' from report
        ), export as (
            insert into public.export_jobs (tenant_id, user_id, name, type, format)
            values (%(t)s, %(agent)s, 'e', 'conversations', 'csv')
        )
        insert into public.conversations (tenant_id, customer_id) select %(t)s, id from customer returning id
        """


def make_tenant(connection: psycopg.Connection, name: str) -> Tenant:
    tenant = connection.execute(
        "insert into public.tenants (slug, name, timezone) values (%s, %s, 'Europe/Berlin') returning id", (name, name)
    ).fetchone()[0]
    people = {
        role: connection.execute(
            "insert into public.profiles (tenant_id, email, role) values (%s, %s, %s) returning id",
            (tenant, f"{role}@example.com", role),
        ).fetchone()[0]
        for role in ("admin", "agent", "user")
    }
    conversation = connection.execute(A_ROW_IN_EVERY_TABLE, {"t": tenant, "agent": people["agent"]}).fetchone()[0]
    connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content) values (%s, %s, 'customer', 'hi')",
        (tenant, conversation),
    )
    return Tenant(tenant, people, conversation)


Become = Callable[..., AbstractContextManager[psycopg.Connection]]


@pytest.fixture
def become(operational_url: str) -> Become:
    """A connection as the API makes it: a role, and the claims of a token. What it does is rolled back."""

    @contextmanager
    def connection(role: str, claims: dict[str, object] | None = None) -> Iterator[psycopg.Connection]:
        with psycopg.connect(operational_url) as made:
            made.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(claims) if claims else "",))
            made.execute(f"set local role {role}")
            yield made
            made.rollback()

    return connection


def claims_of(tenant: Tenant, person: str) -> dict[str, object]:
    """The token of a person of a tenant."""
    return {"sub": str(tenant.people[person]), "role": "authenticated", "app_metadata": {"tenant_id": str(tenant.id)}}
