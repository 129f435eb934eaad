"""romashka subject and romashka lifecycle as a person types them."""

import json
from pathlib import Path

import psycopg

from tests.orchestration.test_cli import Romashka, fails
from tests.orchestration.test_cli import romashka as romashka  # a fixture is known by its name


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
