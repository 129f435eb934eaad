"""A file that is too large for a mail: how its recipients get it, until it goes.

Belongs here: the words in the mail, and the signed token that leads to one file. Not here: keeping files (`rendered.py`), and
handing one out (`by_hand.py`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from reports import files, signed
from reports.document import LeftOut
from reports.errors import ReportError
from reports.report_rows import ReportRow
from reports.schedules import Slot

_PURPOSE = b"romashka file"


@dataclass(frozen=True)
class KeptFile:
    """A file of a rendered slot: `place` is the slot's folder and its name."""

    tenant_id: UUID
    report_id: UUID
    until: datetime
    place: str


@dataclass(frozen=True)
class FileLinks:
    """The key that signs, and the page that takes a token: the address ends where the token begins."""

    key: bytes
    address: str

    def link(self, file: KeptFile) -> str:
        """Where a file is, for whoever has the mail."""
        until = int(file.until.timestamp()).to_bytes(8, "big")
        content = file.tenant_id.bytes + file.report_id.bytes + until + file.place.encode()
        return self.address + signed.seal(self.key, _PURPOSE, content)


def read(key: bytes, token: str, at: datetime) -> KeptFile:
    """The file that a token leads to. Raises ReportError for one that was not made here, and for one whose time is over."""
    content = signed.opened(key, _PURPOSE, token)
    if content is None or len(content) <= 40:
        raise ReportError("the token is none of ours, or was cut short: copy the whole address from the mail")
    until = datetime.fromtimestamp(int.from_bytes(content[32:40], "big"), UTC)
    if at >= until:
        raise ReportError(f"the file was kept until {until:%Y-%m-%d %H:%M} UTC: ask for the report of a later day")
    return KeptFile(UUID(bytes=content[:16]), UUID(bytes=content[16:32]), until, content[40:].decode())


def left_out(name: str, report: ReportRow, slot: Slot, links: FileLinks | None, *, days: int) -> LeftOut:
    """What to say of a file of a slot that is kept for so many days."""
    until = slot.at + timedelta(days=days)
    place = f"{files.slot_name(slot)}/{name}"
    words = f"{name} is too large for mail, and kept until {until.astimezone(UTC):%-d %B %Y}"
    if links is None:
        folder = f"reports/{report.tenant_slug}/{report.slug}"
        return LeftOut(f"{words}: ask whoever runs ROMASHKA for {folder}/{place}.")
    return LeftOut(f"{words}:", links.link(KeptFile(report.tenant_id, report.id, until, place)))
