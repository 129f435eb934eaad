"""Leaving a report: a signed token in each mail, by which its recipient, and nobody else, can be taken off.

Belongs here: making tokens, reading them, and the headers that carry them (RFC 2369, RFC 8058). Not here: who is off
(`recipients.py`).
"""

from dataclasses import dataclass
from uuid import UUID

from reports import signed
from reports.addresses import address
from reports.errors import ReportError

_PURPOSE = b"romashka unsubscribe"


@dataclass(frozen=True)
class Subscription:
    """One recipient of one report."""

    tenant_id: UUID
    report_id: UUID
    recipient: str


@dataclass(frozen=True)
class Unsubscribing:
    """The key that signs, and where tokens are taken back: `link` ends where the token begins; None without such a page."""

    key: bytes
    mailbox: str
    link: str | None = None

    def headers(self, subscription: Subscription) -> dict[str, str]:
        """The headers of a mail to this recipient."""
        token = self.token(subscription)
        targets = [f"<mailto:{address(self.mailbox).addr_spec}?subject=unsubscribe%20{token}>"]
        if self.link is None:
            return {"List-Unsubscribe": targets[0]}
        targets.insert(0, f"<{self.link}{token}>")
        return {"List-Unsubscribe": ", ".join(targets), "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}

    def token(self, subscription: Subscription) -> str:
        """Letters, digits, - and _; it tells nothing that the mail does not."""
        recipient = address(subscription.recipient).addr_spec.lower().encode()
        content = subscription.tenant_id.bytes + subscription.report_id.bytes + recipient
        return signed.seal(self.key, _PURPOSE, content)

    def read(self, token: str) -> Subscription:
        """Whom a token takes off what. Raises ReportError for one that was not made here."""
        content = signed.opened(self.key, _PURPOSE, token)
        if content is None or len(content) <= 32:
            raise ReportError(
                "the token is none of ours, or was cut short: copy it whole from the mail's List-Unsubscribe"
            )
        return Subscription(UUID(bytes=content[:16]), UUID(bytes=content[16:32]), content[32:].decode())
