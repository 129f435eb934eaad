"""No table is forgotten when somebody asks what is held about them."""

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.lifecycle import subject_rules


@pytest.fixture
def operational_url(every_server: object, operational_url: str) -> str:
    """Both servers."""
    return operational_url


def test_every_table_has_a_rule_or_a_reason(databases: Databases) -> None:
    with psycopg.connect(databases.operational) as source:
        rules = subject_rules.load(source)
        tables = {name for (name,) in source.execute(subject_rules.TABLES).fetchall()}
        ruled = [rule.table for rule in rules.of_tables]
        assert not rules.unknown, "say in subject_rules.py how its rows about a person are found, or why it has none"
        assert len(ruled) == len(set(ruled))
        assert set(ruled).isdisjoint(subject_rules.LEFT_OUT), "a key leads from it to the person: its reason is wrong"
        assert set(ruled) | subject_rules.LEFT_OUT.keys() == tables
        named = {
            name
            for (name,) in source.execute(
                "select distinct table_name from information_schema.columns where table_schema = 'public' "
                "and column_name ~ '^(customer|conversation|message)(_profile)?_id$' and data_type = 'uuid'"
            ).fetchall()
        }
        assert named <= set(ruled)


def test_a_new_table_is_found_by_its_key_or_missed_aloud(databases: Databases) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "create table public.ratings (id uuid, tenant_id uuid, message_id uuid, "
            "foreign key (tenant_id, message_id) references public.messages (tenant_id, id))"
        )
        source.execute("create table public.stray (id uuid, tenant_id uuid, email text)")
        rules = subject_rules.load(source)
        source.rollback()
    assert rules.unknown == ["stray"]
    assert "ratings" in [rule.table for rule in rules.of_tables]
