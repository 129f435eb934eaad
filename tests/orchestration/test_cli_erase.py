"""romashka erase as a person types it."""

import uuid

import psycopg

from tests.orchestration.test_cli import Romashka, fails
from tests.orchestration.test_cli import romashka as romashka  # a fixture is known by its name

MAIL = "ford.unclaimed@example.org"


def empty_storage(romashka: Romashka) -> None:
    """What the application's worker does."""
    with psycopg.connect(romashka("url", "operational").stdout.strip()) as source:
        source.execute("update public.file_deletions set deleted_at = now() where deleted_at is null")


def test_forgetting_by_hand_and_by_request(romashka: Romashka) -> None:
    """One customer, everybody who waits, and one line for whoever cannot be erased."""
    romashka("migrate")
    romashka("seed")
    with psycopg.connect(romashka("url", "operational").stdout.strip()) as source:
        source.execute("delete from public.erasure_requests")
        source.execute("update public.legal_holds set released_at = now() where released_at is null")
        people = source.execute(
            "select slug, customer.id from public.tenants as tenant "
            "inner join public.customer_profiles as customer on customer.tenant_id = tenant.id order by 1, 2 limit 3"
        ).fetchall()
        source.execute(
            "insert into public.erasure_requests (tenant_id, customer_id) "
            "select tenant_id, id from public.customer_profiles where id = any(%s)",
            ([customer for _, customer in people[1:]],),
        )
    (slug, customer), *_ = people
    done = romashka("erase", "--tenant", slug, "--customer", str(customer))
    assert "customer_profiles" in done.stdout
    assert "proven, not completed: nothing found in" in done.stdout
    fails(done, "is not complete before the storage has deleted 1 files (file_deletions): then run it again; due")
    empty_storage(romashka)
    done = romashka("erase", "--tenant", slug, "--customer", str(customer))
    assert done.returncode == 0, done.stderr
    assert "completed: nothing found in" in done.stdout
    assert "completed before" in romashka("erase", "--tenant", slug, "--customer", str(customer)).stdout
    fails(
        romashka("subject", "export", "--tenant", slug, "--customer", str(customer), "--to", "x.json"), "was erased on"
    )
    romashka("erase", "--requested")
    empty_storage(romashka)
    romashka("erase", "--requested")
    assert "0 of 0 requests completed" in romashka("erase", "--requested").stdout
    fails(romashka("erase", "--tenant", "nobody", "--customer", str(customer)), "there is no tenant nobody")
    fails(romashka("erase", "--tenant", slug, "--customer", str(uuid.uuid4())), f"tenant {slug} has no customer")
    fails(romashka("erase", "--tenant", slug, "--customer", "me"), "should be a valid UUID", code=2)
    fails(romashka("erase"), "say whom")
    fails(romashka("erase", "--tenant", slug, "--customer", str(customer), "--email", MAIL), "say whom")
    fails(romashka("erase", "--email", MAIL), "say whom")
    fails(romashka("erase", "--requested", "--tenant", slug), "say whom")


def test_forgetting_by_an_address(romashka: Romashka) -> None:
    """Of somebody who has no profile, and a login, which is not ours to delete."""
    romashka("migrate")
    romashka("seed")
    with psycopg.connect(romashka("url", "operational").stdout.strip()) as source:
        ((slug,),) = source.execute(
            "with wrote as (insert into public.conversations (tenant_id, user_email) "
            "select id, %s from public.tenants order by slug limit 1 returning tenant_id) "
            "select slug from public.tenants where id in (select tenant_id from wrote)",
            (MAIL,),
        ).fetchall()
        source.execute("insert into auth.users (email) values (%s)", (MAIL,))
    done = romashka("erase", "--tenant", slug, "--email", MAIL)
    assert "completed: nothing found in" in done.stdout, done.stderr
    assert "auth.users (1 rows) of the platform's tell of them still" in done.stdout
    assert "completed before" in romashka("erase", "--tenant", slug, "--email", MAIL).stdout
    fails(romashka("erase", "--tenant", slug, "--email", f"a.{MAIL}"), f"nobody of tenant {slug} has that address")
