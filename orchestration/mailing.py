"""Where mail goes: the SMTP server of the settings, or the local Maildir.

Belongs here: the choice. Not here: how mail is handed over (`reports/deliver.py`).
"""

from orchestration.settings import Settings
from reports.deliver import Transport, maildir, smtp


def transport(settings: Settings) -> Transport:
    """The way out for reports."""
    if settings.smtp_url is None:
        return maildir(settings.mail)
    return smtp(settings.smtp_url)
