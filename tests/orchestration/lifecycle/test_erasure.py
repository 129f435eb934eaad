"""The right to be forgotten: nothing of the person is left, no total has moved, and no backup brings them back.

Belongs here: erasures of one person among many, whole, broken off, refused, and undone by a backup. Not here: holds themselves.
"""

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from operational_schema import demo_traffic
from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.lifecycle import erasure, holds
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY

NAME, MAIL, PHONE = "Zaphod Quillfeather", "zaphod.canary@example.org", "+4917012345678"
CANARIES = (NAME, MAIL, PHONE)
# A conversation that is still open grows older with every refresh.
TOTALS = (
    "select (to_jsonb(made) - array['customer_key', 'active_seconds'])::text "
    "from marts.conversation_analytics as made order by 1",
    "select (to_jsonb(made))::text from marts.daily_metrics as made order by 1",
    "select count(*)::text, count(distinct customer_key)::text from raw.conversations",
)


class Person:
    """A customer with conversations, named in their own rows, in somebody else's, and in the trail."""

    def __init__(self, databases: Databases) -> None:
        self.databases = databases
        demo_traffic.load_traffic(
            databases.operational, conversations=60, tenants=2, days=60, seed=5, until=datetime(2024, 7, 31, tzinfo=UTC)
        )
        with psycopg.connect(databases.operational) as source:
            self.tenant, self.slug, self.id = source.execute(
                "select tenant.id, tenant.slug, conversation.customer_id from public.conversations as conversation "
                "inner join public.tenants as tenant on tenant.id = conversation.tenant_id "
                "where customer_id is not null group by 1, 2, 3 order by count(*) desc, 3 limit 1"
            ).fetchone()  # type: ignore[misc]
            source.execute(
                "update public.customer_profiles set name = %s, email = %s, phone = %s where id = %s",
                (NAME, MAIL, PHONE, self.id),
            )
            source.execute(
                "update public.messages set content = 'call ' || %s || ' or ' || upper(%s) where id = "
                "(select message.id from public.messages as message inner join public.conversations as conversation "
                "on conversation.id = message.conversation_id where conversation.tenant_id = %s "
                "and conversation.customer_id is distinct from %s order by 1 limit 1)",
                (PHONE, MAIL, self.tenant, self.id),
            )
            source.execute(
                "insert into public.conversation_notes (tenant_id, conversation_id, agent_id, note) "
                "select tenant_id, id, assigned_agent_id, %s from public.conversations "
                "where customer_id = %s and assigned_agent_id is not null",
                (NAME, self.id),
            )
        refresh(databases, pseudonym_key=KEY)

    def erase(self, home: Path, **given: Any) -> erasure.Erased:
        said: dict[str, Any] = {"tenant": self.slug, "customer": self.id, "home": home, "pseudonym_key": KEY} | given
        return erasure.erase(self.databases, **said)

    def totals(self) -> list[list[tuple[object, ...]]]:
        with psycopg.connect(self.databases.warehouse) as warehouse:
            return [warehouse.execute(question.encode()).fetchall() for question in TOTALS]

    def found(self, *values: str) -> list[str]:
        """Every table of either database that has one of the values."""
        places = []
        for url in (self.databases.operational, self.databases.warehouse):
            with psycopg.connect(url) as connection:
                for (table,) in connection.execute(
                    "select format('%%I.%%I', schemaname, tablename) from pg_tables where schemaname <> all(%s)",
                    (["information_schema"],),
                ).fetchall():
                    for value in values:
                        question = f"select count(*) from {table} as kept where kept::text ilike %s"
                        if connection.execute(question.encode(), (f"%{value}%",)).fetchone() != (0,):
                            places.append(f"{table}: {value}")
        return places


@pytest.fixture
def person(databases: Databases) -> Person:
    return Person(databases)


@pytest.mark.usefixtures("every_server")
def test_nothing_is_left_and_no_total_moves(person: Person, tmp_path: Path) -> None:
    """R5, R9."""
    export = tmp_path / "exports" / "customers.csv"
    export.parent.mkdir()
    export.write_text(f"a,{MAIL.upper()},{PHONE}\n")
    before = person.totals()
    assert person.found(*CANARIES)
    done = person.erase(tmp_path)
    assert person.found(*CANARIES) == []
    assert person.totals() == before
    assert "canary" not in export.read_text().lower()
    assert [searched["found_in"] for searched in done.proof.values()] == [0, 0]
    refresh(person.databases, pseudonym_key=KEY, full=True)
    assert person.totals() == before
    assert person.erase(tmp_path).was_done


@pytest.mark.parametrize("broken_after", ["files", "source", "warehouse", "bytes"])
def test_broken_off_it_goes_on(person: Person, tmp_path: Path, *, broken_after: str) -> None:
    """R8."""

    def breaks(step: str) -> None:
        if step == broken_after:
            raise KeyboardInterrupt

    before = person.totals()
    with pytest.raises(KeyboardInterrupt):
        person.erase(tmp_path, on_step=breaks)
    assert not person.erase(tmp_path).was_done
    assert person.found(*CANARIES) == []
    assert person.totals() == before


@pytest.mark.parametrize("forgets_ledger", [False, True])
def test_a_restored_backup_forgets_them_again(person: Person, tmp_path: Path, *, forgets_ledger: bool) -> None:
    """R7."""
    person.erase(tmp_path)
    before = person.totals()
    with psycopg.connect(person.databases.operational) as source:
        if forgets_ledger:
            source.execute("delete from public.erasure_requests")
        source.execute(
            "insert into public.customer_profiles (id, tenant_id, name, email) values (%s, %s, %s, %s)",
            (person.id, person.tenant, NAME, MAIL),
        )
        source.execute(
            "insert into public.conversations (tenant_id, customer_id) values (%s, %s)", (person.tenant, person.id)
        )
    refresh(person.databases, pseudonym_key=KEY)
    assert person.found(*CANARIES) == []
    assert person.totals() == before


def test_who_cannot_be_erased_is_told_in_one_line(person: Person, tmp_path: Path) -> None:
    """R8."""
    with pytest.raises(WarehouseError, match="there is no tenant nowhere"):
        person.erase(tmp_path, tenant="nowhere")
    with pytest.raises(WarehouseError, match="has no customer"):
        person.erase(tmp_path, customer=uuid.uuid4())
    hold = holds.place(person.databases.operational, tenant=person.slug, reason="a court", customer=person.id)
    with pytest.raises(WarehouseError, match="under legal hold"):
        person.erase(tmp_path)
    with psycopg.connect(person.databases.operational) as source:
        assert source.execute("select status from public.erasure_requests").fetchall() == [("held",)]
    holds.release(person.databases.operational, hold)
    assert not person.erase(tmp_path).was_done
