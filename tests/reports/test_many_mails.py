"""Ten thousand mails, two workers, a bad mail server, and kill −9: none lost, none twice but for what nobody can know.

Belongs here: the ledger under all of that at once. Not here: one fault at a time (`test_run.py`, `test_deliver.py`).
"""

import random
import signal
import socket
import subprocess
import sys
import time
import uuid
import zlib
from collections import Counter
from datetime import timedelta
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.reports.conftest import MONDAY, Desk

pytestmark = pytest.mark.long

REPORTS, SLOTS, RECIPIENTS = 10, 10, 100
KILLS = 6
# When mails that were put off are tried again: two more slots come due meanwhile, and the last of them is tried again, too.
AGAIN = (timedelta(), timedelta(days=1), timedelta(days=2), timedelta(days=2, hours=6))
LATER = MONDAY + timedelta(days=SLOTS - 3)
WORKER = """
import sys
from datetime import datetime
from pathlib import Path
from reports.deliver import smtp
from reports.run import Office, run_due
operational, warehouse, server, output, at = sys.argv[1:]
run_due(Office(operational, warehouse, smtp(server), Path(output)), at=datetime.fromisoformat(at))
"""


class BadServer:
    """Refuses some mails for now, some for ever, and breaks off before or after taking some; always the same ones."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.met: set[str] = set()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        key = str(BytesHeaderParser().parsebytes(bytes(envelope.content or b""))["Message-ID"])
        chance = zlib.crc32(key.encode()) % 1000
        is_new = key not in self.met
        self.met.add(key)
        if chance < 10:
            return "550 no such user"
        if chance < 40 and is_new:
            return "451 later"
        if chance < 50 and is_new:
            server.transport.close()
            return "421 gone"
        self.taken[key] += 1
        if 50 <= chance < 60:
            server.transport.close()
        return "250 taken"


def start(desk: Desk, url: str, delay: timedelta) -> subprocess.Popen[bytes]:
    at = (LATER + delay).isoformat()
    arguments = [desk.operational, desk.warehouse, url, str(desk.output), at]
    return subprocess.Popen([sys.executable, "-c", WORKER, *arguments], stderr=subprocess.DEVNULL)


def add_everything(desk: Desk, tenant: uuid.UUID) -> None:
    recipients = [f"p{number}@acme.example" for number in range(RECIPIENTS)]
    for number in range(REPORTS):
        desk.add_report(
            tenant, *recipients, slug=f"report-{number}", format="csv", additional_formats=[], catch_up="all",
            filters={"includeCharts": False}, last_run_at=MONDAY - timedelta(days=1),
        )  # fmt: skip
    desk.publish(LATER + AGAIN[-1])


def work_under_kills(desk: Desk, url: str) -> None:
    """Two workers at a time; some are killed in the middle, others take their place, until nothing waits."""
    chance = random.Random(20261123)
    for _ in range(KILLS):
        workers = [start(desk, url, AGAIN[0]) for _ in range(2)]
        time.sleep(chance.uniform(1.5, 4.0))
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    for delay in AGAIN:
        workers = [start(desk, url, delay) for _ in range(2)]
        for worker in workers:
            worker.wait()


def found(desk: Desk) -> dict[str, Any]:
    return dict(desk.execute("select message_id, state from public.report_deliveries"))


@pytest.mark.timeout(600)
def test_none_is_lost_and_none_comes_twice(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    add_everything(desk, acme)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = BadServer()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        work_under_kills(desk, f"smtp://127.0.0.1:{port}")
    finally:
        controller.stop()
    states = found(desk)
    assert len(states) == REPORTS * SLOTS * RECIPIENTS
    assert set(states.values()) <= {"sent", "failed", "unknown"}
    assert max(server.taken.values()) == 1, "nobody got a mail twice"
    for message_id, state in states.items():
        came = server.taken[message_id]
        assert came == 1 if state == "sent" else came == 0 if state == "failed" else came in (0, 1), message_id
    unknown = Counter(states.values())["unknown"]
    dropped = sum(1 for key in states if 40 <= zlib.crc32(key.encode()) % 1000 < 60)
    assert dropped <= unknown <= dropped + 2 * KILLS, (
        "in doubt: what broke off after the dot, and one mail per killed worker"
    )
