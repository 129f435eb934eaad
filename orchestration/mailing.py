"""The office that reports leave from: the SMTP server of the settings or the local Maildir, and how recipients
leave, and get what a mail cannot hold.

Belongs here: putting it together from the settings. Not here: how mail is handed over (`reports/deliver.py`).
"""

from orchestration.databases import Databases
from orchestration.kept_secret import kept_secret
from orchestration.settings import Settings
from reports.deliver import Transport, maildir, smtp
from reports.file_links import FileLinks
from reports.run import Office
from reports.unsubscribing import Unsubscribing


def office(settings: Settings, databases: Databases) -> Office:
    """Where reports are made and sent."""
    return Office(
        operational_url=databases.operational,
        warehouse_url=databases.warehouse,
        transport=transport(settings),
        output=settings.reports,
        sender=settings.mail_from,
        unsubscribing=unsubscribing(settings),
        file_links=FileLinks(mail_key(settings), settings.files_url) if settings.files_url else None,
    )


def transport(settings: Settings) -> Transport:
    """The way out for reports."""
    if settings.smtp_url is None:
        return maildir(settings.mail)
    return smtp(settings.smtp_url)


def unsubscribing(settings: Settings) -> Unsubscribing:
    """The tokens of the mails: signed by a key that only this installation has."""
    return Unsubscribing(mail_key(settings), settings.mail_from, settings.unsubscribe_url)


def mail_key(settings: Settings) -> bytes:
    """What signs the tokens in mails."""
    key = kept_secret(given=settings.mail_key, variable="ROMASHKA_MAIL_KEY", file=settings.home / "mail.key")
    return key.encode()
