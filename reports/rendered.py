"""A report of one slot, rendered: made once, kept, and the same in every mail and every attempt.

Belongs here: what mails are made of, and keeping it in a folder. Not here: its making (`send.py`), and a message of
it (`mail.py`).
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reports import files
from reports.files import Attachment

INDEX = "rendered.json"


@dataclass(frozen=True)
class Rendered:
    """The words of the mail, its picture, all files, and from which data they were made.

    `rows_in_mail`: those that the mail itself says.
    `customers`: the pseudonyms in it, which a PDF packs so that an erasure would not find them.
    `made_of`: the fingerprint of the report's choices; after an edit, what is kept is another report's.
    """

    made_of: str
    subject: str
    plain: str
    markup: str
    picture: bytes | None
    attachments: list[Attachment]
    rows: int
    rows_in_mail: int
    slot_at: datetime
    data_as_of: datetime
    customers: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Of all that a recipient gets to see: words, picture and files."""
        words = (text.encode() for text in (self.subject, self.plain, self.markup))
        parts = (*words, self.picture or b"", *(attachment.content for attachment in self.attachments))
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()

    def keep(self, folder: Path) -> None:
        """Write all of it; the index comes last, and says that the rest is whole."""
        for attachment in self.attachments:
            files.write(folder / attachment.name, attachment.content)
        files.write(folder / "mail.txt", self.plain.encode())
        files.write(folder / "mail.html", self.markup.encode())
        if self.picture is not None:
            files.write(folder / "chart.png", self.picture)
        index = {
            "made_of": self.made_of,
            "subject": self.subject,
            "has_picture": self.picture is not None,
            "attachments": [{"name": each.name, "media_type": each.media_type} for each in self.attachments],
            "rows": self.rows,
            "rows_in_mail": self.rows_in_mail,
            "slot_at": self.slot_at.isoformat(),
            "data_as_of": self.data_as_of.isoformat(),
            "customers": self.customers,
            "digest": self.digest,
        }
        files.write(folder / INDEX, json.dumps(index, indent=1).encode())


def kept(folder: Path) -> Rendered | None:
    """What is kept in a folder, if it is whole and unchanged."""
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        found = Rendered(
            made_of=index["made_of"],
            subject=index["subject"],
            plain=(folder / "mail.txt").read_text(encoding="utf-8"),
            markup=(folder / "mail.html").read_text(encoding="utf-8"),
            picture=(folder / "chart.png").read_bytes() if index["has_picture"] else None,
            attachments=[
                Attachment(each["name"], (folder / each["name"]).read_bytes(), each["media_type"])
                for each in index["attachments"]
            ],
            rows=index["rows"],
            rows_in_mail=index["rows_in_mail"],
            slot_at=datetime.fromisoformat(index["slot_at"]),
            data_as_of=datetime.fromisoformat(index["data_as_of"]),
            customers=index["customers"],
        )
    except (OSError, ValueError, KeyError):
        return None
    return found if found.digest == index["digest"] else None
