"""What the live page reads: figures of the last 24 hours with their sample sizes, a minute old at most, none expired."""

import uuid
from typing import Any

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.publishing.live import keep_live
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY, add_conversation

pytestmark = pytest.mark.usefixtures("every_server")
FIGURES = (
    "select metric_value, (dimensions ->> 'sample_size')::integer from public.realtime_metrics "
    "where metric_name = 'active_conversations' and not dimensions ? 'channel_type'"
)


def asked(databases: Databases, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(databases.operational) as operational:
        return operational.execute(statement).fetchall()


def told(databases: Databases, statement: str) -> None:
    with psycopg.connect(databases.operational) as operational:
        operational.execute(statement)


def begin(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as operational:
        add_conversation(operational, tenant, "hello")


def test_a_refresh_keeps_the_figures_of_the_day(databases: Databases, tenant: uuid.UUID) -> None:
    begin(databases, tenant)
    refresh(databases, pseudonym_key=KEY)
    assert asked(databases, FIGURES) == [(1, 1)]
    begin(databases, tenant)
    refresh(databases, pseudonym_key=KEY)
    assert asked(databases, FIGURES) == [(1, 1)], "less than a minute later nothing is written"


def test_a_minute_later_they_are_computed_anew_and_what_expired_goes(databases: Databases, tenant: uuid.UUID) -> None:
    begin(databases, tenant)
    assert keep_live(databases.operational) > 0
    assert keep_live(databases.operational) == 0
    told(
        databases,
        "update public.realtime_metrics set timestamp = timestamp - interval '11 minutes', "
        "expires_at = expires_at - interval '11 minutes'",
    )
    begin(databases, tenant)
    assert keep_live(databases.operational) > 0
    assert asked(databases, FIGURES) == [(2, 2)]
