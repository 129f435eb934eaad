"""What a run works with: both databases, the way out, and what time it is.

Belongs here: that one bundle. Not here: opening it (`run.py`), and anything that is done with it.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reports.deliver import Transport
from reports.file_links import FileLinks
from reports.report_rows import Connection
from reports.unsubscribing import Unsubscribing

MOST_MAIL_BYTES = 20_000_000


@dataclass(frozen=True)
class Way:
    """From where figures come, where files are kept, how mails leave, and what time it is."""

    operational: Connection
    marts: Connection
    transport: Transport
    output: Path
    sender: str
    at: datetime
    unsubscribing: Unsubscribing | None = None
    most_mail_bytes: int = MOST_MAIL_BYTES
    file_links: FileLinks | None = None
