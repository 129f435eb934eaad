"""romashka subject and romashka lifecycle as a person types them."""

import json
from pathlib import Path

import psycopg

from tests.orchestration.test_cli import Romashka, fails
from tests.orchestration.test_cli import romashka as romashka  # a fixture is known by its name

MAIL = "ford.unclaimed@example.org"


def test_what_is_held_about_a_person_and_what_became_of_data(romashka: Romashka, tmp_path: Path) -> None:
    """subject and lifecycle: a file for its owner, a page, and one line for what cannot be."""
    romashka("migrate")
    romashka("seed")
    with psycopg.connect(romashka("url", "operational").stdout.strip()) as source:
        found = source.execute(
            "select slug, customer.id from public.tenants as tenant "
            "inner join public.customer_profiles as customer on customer.tenant_id = tenant.id order by 1, 2 limit 1"
        ).fetchone()
    assert found
    person = ("--tenant", found[0], "--customer", str(found[1]))
    file = tmp_path / "person.json"
    assert "readable by you only" in romashka("subject", "export", *person, "--to", str(file)).stdout
    assert json.loads(file.read_text(encoding="utf-8"))["subject"]["customer_id"] == str(found[1])
    assert "customer_profiles" in romashka("subject", "rectify", *person, "--name", "Right").stdout
    assert "nothing to put right" in romashka("subject", "rectify", *person, "--name", "Right").stdout
    fails(romashka("subject", "export", *person, "--to", str(tmp_path / "x.csv")), "end the file's name")
    fails(romashka("subject", "rectify", *person), "say what is right")
    page = romashka("lifecycle", "report", "--tenant", found[0]).stdout
    assert "conversations: legal hold 1" in page
    assert "every link holds" in page
    fails(romashka("lifecycle", "report", "--tenant", "nobody"), "there is no tenant nobody")


def test_whoever_has_no_profile_is_told_by_their_address(romashka: Romashka, tmp_path: Path) -> None:
    """The rule and the code by which an erasure finds them."""
    romashka("migrate")
    romashka("seed")
    with psycopg.connect(romashka("url", "operational").stdout.strip()) as source:
        source.execute("select set_config('app.import', 'on', true)")
        ((slug, tenant, key),) = source.execute(
            "with wrote as (insert into public.conversations (tenant_id, user_email, created_at) "
            "select id, %s, '2024-02-29 12:00+00' from public.tenants order by slug limit 1 returning tenant_id, id) "
            "select slug, tenant_id, wrote.id from wrote inner join public.tenants as tenant on tenant.id = tenant_id",
            (MAIL,),
        ).fetchall()
        source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) values (%s, %s, 'customer', 'x')",
            (tenant, key),
        )
    file = tmp_path / "person.json"
    asked = ("subject", "export", "--tenant", slug, "--to", str(file))
    fails(romashka(*asked), "say whom: --customer or --email")
    fails(romashka(*asked, "--email", MAIL, "--customer", str(key)), "say whom: --customer or --email")
    fails(romashka(*asked, "--email", "a." + MAIL), f"nobody of tenant {slug} has that address")
    done = romashka(*asked, "--email", f" {MAIL.upper()}")
    assert "readable by you only" in done.stdout, done.stderr
    told = json.loads(file.read_text(encoding="utf-8"))
    rows = {each["name"]: each["rows"] for each in told["tables"]}
    assert [row["id"] for row in rows["public.conversations"]] == [str(key)]
    assert len(rows["public.messages"]) == 1
    assert told["period"]["from"].startswith("2024-02-29")
    erased = romashka("erase", "--tenant", slug, "--email", MAIL)
    assert "completed: nothing found in" in erased.stdout, erased.stderr
    fails(romashka(*asked, "--email", MAIL), "was erased on")
