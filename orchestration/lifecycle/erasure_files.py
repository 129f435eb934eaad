"""The person in files: exports, rendered reports, mails, and what was logged.

Belongs here: which files, and what becomes of them. Not here: looking into one (`file_search.py`), the archive, which is
written anew from the warehouse, and files that somebody has taken elsewhere.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from pathlib import Path
from shutil import rmtree
from uuid import UUID

from orchestration.databases import embedded_server
from orchestration.lifecycle import file_search
from orchestration.lifecycle.erasure_ledger import Connection, Request
from orchestration.settings import Settings
from reports.exports import stored

# A job that is at work read its rows before the person's were gone: its lock is its worker's.
AT_WORK = "select id from public.export_jobs where tenant_id = %s and status = 'processing'"
# These list people and conversations one by one; an export of analytics counts them, and stays where it says nothing of them.
WITHDRAWN = """
    update public.export_jobs set file_url = null, error_message = 'withdrawn because a customer was erased: ask for it again'
    from (select id, file_url from public.export_jobs) as before
    where export_jobs.id = before.id and export_jobs.tenant_id = %(tenant)s and export_jobs.file_url is not null
        and (export_jobs.type in ('conversations', 'customers') or export_jobs.file_url = any (%(naming)s))
    returning before.file_url
"""
OF_OTHERS = "select from public.report_deliveries where message_id = %s and tenant_id <> %s"


def forget(
    source: Connection, settings: Settings, request: Request, *, values: Iterable[str], rendered_too: bool
) -> list[tuple[str, str, int]]:
    """Delete or mask what has the person in it. Returns where, what became of it, and how many files that were.

    `rendered_too`: a report's own words named the person, so that what was rendered of them goes unseen.
    """
    sought = file_search.sought(values)
    done = [
        ("exports", "files withdrawn", _withdraw(source, settings.exports, request, sought)),
        (
            "reports",
            "rendered slots deleted",
            _delete_rendered(settings.reports / request.slug, sought, every=rendered_too),
        ),
        ("mail", "mails deleted", _delete_mails(source, settings.mail, request.tenant_id, sought)),
        ("logs", "files masked", sum(file_search.mask(file, sought) for file in logged(settings))),
    ]
    return [each for each in done if each[2]]


def logged(settings: Settings) -> Iterator[Path]:
    """What is logged of all tenants: Dagster's storage, tracebacks, and what the embedded server says of refused rows."""
    for folder in (settings.dagster_home, settings.home / "log"):
        yield from files_of(folder)
    server = embedded_server(settings)
    if server.log.exists():
        yield server.log


def files_of(folder: Path) -> Iterator[Path]:
    """All files below a folder."""
    yield from (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def _withdraw(source: Connection, folder: Path, request: Request, sought: file_search.Sought) -> int:
    for (job,) in source.execute(AT_WORK, (request.tenant_id,)).fetchall():
        with source.transaction():
            source.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (str(job),))
    gone = 0
    with source.transaction():
        theirs = [file for file in files_of(folder / request.slug) if file.name[0] != "."]
        naming = [str(file.relative_to(folder)) for file in theirs if file_search.says(file, sought)]
        for (name,) in source.execute(WITHDRAWN, {"tenant": request.tenant_id, "naming": naming}).fetchall():
            if file := stored.file_of(folder, request.slug, str(name)):
                # What stays there is found by the proof; one that cannot be deleted keeps no other one back.
                with suppress(OSError):
                    file.unlink(missing_ok=True)
                    gone += 1
        for name in naming:
            # Of no job any more, nobody else would delete it.
            with suppress(OSError):
                (folder / name).unlink(missing_ok=True)
    for unfinished in (folder / request.slug).glob(".*.unfinished"):
        unfinished.unlink(missing_ok=True)
    return gone


def _delete_rendered(folder: Path, sought: file_search.Sought, *, every: bool) -> int:
    """Rendered again when it is asked for again, of the words that the report has by now."""
    slots = [
        slot
        for slot in folder.glob("*/????-??-??T????")
        if every or any(file_search.says(file, sought) for file in files_of(slot))
    ]
    for slot in slots:
        rmtree(slot, ignore_errors=True)
    return len(slots)


def _delete_mails(source: Connection, folder: Path, tenant: UUID, sought: file_search.Sought) -> int:
    """Mails of the local Maildir; those of another tenant's reports are that tenant's."""
    gone = 0
    for file in files_of(folder):
        if file_search.says(file, sought) and not is_of_another(source, file, tenant):
            file.unlink(missing_ok=True)
            gone += 1
    return gone


def is_of_another(source: Connection, mail: Path, tenant: UUID) -> bool:
    """Whether a mail is of another tenant's report."""
    headers = message_from_bytes(mail.read_bytes(), policy=policy.default)
    return source.execute(OF_OTHERS, (headers["Message-ID"], tenant)).rowcount > 0
