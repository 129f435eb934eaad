"""Who gets a tenant's report: its people and its domains, until they unsubscribe."""

import re
import uuid
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.by_hand import unsubscribe
from reports.deliver import Outcome, maildir, smtp
from reports.errors import ReportError
from reports.unsubscribing import Subscription, Unsubscribing
from tests.reports.conftest import MONDAY, TUESDAY, Desk, Outbox
from tests.reports.smtp_server import Script, smtp_server

ADA, BEN, EVE = "ada@acme.example", "ben@acme.example", "eve@evil.example"
SIGNED = Unsubscribing(b"k" * 32, "ROMASHKA <reports@romashka.example>", "https://app.example/unsubscribe?token=")


def test_a_stranger_gets_nothing(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, EVE, "mallory@sub.acme.example", "x@acme.example.evil.example")
    desk.run(by=outbox)
    assert [recipient for recipient, _ in outbox.mails] == [ADA]
    reasons = {state: reason for state, reason in desk.ledger("state, reason") if reason}
    assert reasons == {"skipped": "not a member of the tenant, and not in its setting report_allowed_domains"}


def test_a_member_may_have_any_address_while_active(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.execute("insert into public.profiles (tenant_id, email) values (%s, %s)", acme, EVE.upper())
    desk.add_report(acme, EVE)
    desk.run(by=outbox)
    desk.execute("update public.profiles set is_active = false")
    desk.publish(TUESDAY)
    desk.run(TUESDAY, by=outbox)
    assert [state for (state,) in desk.ledger("state")] == ["sent", "skipped"]
    desk.execute("delete from public.profiles")


def test_another_tenants_people_and_domains_open_no_door(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    zebra = desk.add_tenant("zebra")
    desk.execute("insert into public.profiles (tenant_id, email) values (%s, %s)", zebra, EVE)
    desk.add_report(acme, ADA, EVE, "zoe@zebra.example")
    desk.run(by=outbox)
    assert [recipient for recipient, _ in outbox.mails] == [ADA]
    desk.execute("delete from public.system_settings where tenant_id = %s", acme)
    desk.publish(TUESDAY)
    desk.run(TUESDAY, by=outbox)
    assert len(outbox.mails) == 1, "without a setting of its own, members only"


def test_whoever_leaves_one_report_still_gets_another(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    daily = desk.add_report(acme, ADA)
    desk.add_report(acme, ADA, slug="other", name="Another")
    token = SIGNED.token(Subscription(acme, daily, ADA))
    assert unsubscribe(operational_url=desk.operational, unsubscribing=SIGNED, token=token) == ADA
    desk.run(by=outbox)
    assert [str(mail["Subject"]).partition(":")[0] for _, mail in outbox.mails] == ["Another"]


def test_whoever_loses_the_right_between_entry_and_sending_gets_nothing(
    desk: Desk, acme: uuid.UUID, outbox: Outbox
) -> None:
    """D8."""
    desk.add_report(acme, ADA)
    desk.execute("update marts.publication set data_as_of = '2026-11-20'", warehouse=True)
    assert desk.run(by=outbox).rows() == [("held", 1)]
    outbox.mails.clear()  # the notice
    desk.publish(MONDAY)
    desk.set(acme, "report_allowed_domains", [])
    assert desk.run(by=outbox).rows() == [("skipped", 1)] and outbox.mails == []


def test_whoever_loses_the_right_while_others_are_sent_gets_nothing(
    desk: Desk, acme: uuid.UUID, outbox: Outbox
) -> None:
    """D8: asked before each mail: a thousand of them take a while."""
    desk.add_report(acme, ADA, BEN)

    def by(message: EmailMessage, recipient: str) -> Outcome:
        desk.set(acme, "report_allowed_domains", [])
        return outbox(message, recipient)

    assert desk.run(by=by).rows() == [("sent", 1), ("skipped", 1)]
    assert [recipient for recipient, _ in outbox.mails] == [ADA]


def test_a_setting_that_is_no_list_fails_the_report_and_says_why(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.set(acme, "report_allowed_domains", "acme.example")
    desk.add_report(acme, ADA)
    assert desk.run(by=outbox).rows() == [("failed", 1)]
    assert "is no list of domains" in desk.ledger("reason")[0][0]


def test_the_header_of_a_mail_takes_its_recipient_off_and_nobody_else(
    desk: Desk, acme: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme, ADA, BEN)
    desk.run(by=outbox, unsubscribing=SIGNED)
    mails = dict(outbox.mails)
    header = mails[ADA]["List-Unsubscribe"]
    assert mails[ADA]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link, mailbox = re.fullmatch(r"<(https://[^>]+)>, <(mailto:[^>]+)>", header).groups()  # type: ignore[union-attr]
    token = link.partition("token=")[2]
    assert mailbox == f"mailto:reports@romashka.example?subject=unsubscribe%20{token}"
    for _ in range(2):
        assert unsubscribe(operational_url=desk.operational, unsubscribing=SIGNED, token=token) == ADA
    desk.publish(TUESDAY)
    outbox.mails.clear()
    desk.run(TUESDAY, by=outbox, unsubscribing=SIGNED)
    assert [recipient for recipient, _ in outbox.mails] == [BEN]
    assert ("skipped", "the recipient unsubscribed") in desk.ledger("state, reason")


def test_a_header_has_no_line_break_however_long_the_address(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, "a" * 64 + "@acme.example")
    desk.run(by=outbox, unsubscribing=SIGNED)
    [(_, message)] = outbox.mails
    raw = message.as_bytes().split(b"\r\n\r\n")[0]
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


@pytest.mark.parametrize("recipient", [ADA, "a" * 64 + "@acme.example"])
def test_the_way_out_travels_as_addresses_and_not_as_encoded_words(
    desk: Desk, acme: uuid.UUID, tmp_path: Path, recipient: str
) -> None:
    desk.add_report(acme, recipient, name="Отчёт")
    with smtp_server(Script()) as script:
        desk.run(by=smtp(script.url), unsubscribing=SIGNED)
    desk.execute("delete from public.report_deliveries; update public.scheduled_reports set last_run_at = null")
    desk.run(by=maildir(tmp_path / "mail"), unsubscribing=SIGNED)
    [kept] = (file.read_bytes() for file in (tmp_path / "mail" / "new").iterdir())
    for raw in (script.delivered[0][1], kept):
        head = re.split(rb"\r?\n\r?\n", raw)[0]
        [line] = re.findall(
            rb"List-Unsubscribe: (<https://app\.example/[^>\s]+>,\s+<mailto:[^>\s]+>)\r?\n", head + b"\n"
        )
        assert b"=?" not in line and raw.isascii(), "a server that knows no 8BITMIME is given seven bits"
    assert b"\r" not in kept and len(kept.split(b"\n\n", 1)[1]) > 10_000


IDS = st.uuids()


@given(IDS, IDS, st.emails(), st.integers(0, 200), st.binary(min_size=1, max_size=3))
def test_only_our_own_tokens_are_read(
    tenant: uuid.UUID, report: uuid.UUID, mail: str, place: int, noise: bytes
) -> None:
    subscription = Subscription(tenant, report, ADA)
    token = SIGNED.token(subscription)
    assert SIGNED.read(token) == subscription
    changed = list(token)
    changed[place % len(token)] = "A" if changed[place % len(token)] != "A" else "B"
    for wrong in ("".join(changed), token[:-3], noise.hex(), "", "ü" * 60, token + "x" * 8):
        if wrong != token:
            with pytest.raises(ReportError, match="none of ours"):
                Unsubscribing(b"k" * 32, "r@romashka.example").read(wrong)
    with pytest.raises(ReportError, match="none of ours"):
        Unsubscribing(b"x" * 32, "r@romashka.example").read(token)
