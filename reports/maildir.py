"""Mails of the local Maildir, as files of somebody's.

Belongs here: what there is, since when, and whose. Not here: putting mails there (`deliver.py`), and how long they stay
(`app.file_rules()`).
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import psycopg

Connection = psycopg.Connection[tuple[object, ...]]

OF_TENANTS = """
    select delivery.message_id, tenant.slug
    from public.report_deliveries as delivery
    inner join public.tenants as tenant on tenant.id = delivery.tenant_id
    where delivery.message_id = any(%s)
"""


def mails(folder: Path) -> dict[Path, datetime]:
    """What is there, and since when; what is fetched meanwhile is not."""
    found = {}
    for place in ("new", "cur", "tmp"):
        for mail in sorted((folder / place).glob("*")):
            with suppress(FileNotFoundError):
                found[mail] = datetime.fromtimestamp(mail.stat().st_mtime, UTC)
    return found


def owners(operational: Connection, of: Iterable[Path]) -> dict[Path, str]:
    """The tenant whose report each mail is. A notice is in no ledger; what was fetched meanwhile is not there."""
    numbers = {}
    for mail in of:
        with suppress(FileNotFoundError):
            numbers[mail] = str(message_from_bytes(mail.read_bytes(), policy=policy.default)["Message-ID"])
    rows = operational.execute(OF_TENANTS, (list(numbers.values()),)).fetchall()
    found = {str(number): str(slug) for number, slug in rows}
    return {mail: found[number] for mail, number in numbers.items() if number in found}
