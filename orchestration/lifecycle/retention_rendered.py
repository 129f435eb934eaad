"""Files that no row names: rendered reports and mails, which go after their tenant's days.

Belongs here: which of them, and deleting them so that each is counted once. Not here: where they lie (`reports/files.py`), and
files of exports (`retention_files.py`). What is to go is written down first: killed meanwhile, the next run sees by that list
what is not there any more, and tells it in the row of the run that was killed.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from orchestration.lifecycle import retention_ledger
from orchestration.lifecycle.retention_ledger import FILES
from orchestration.settings import Settings
from reports import files, maildir

RENDERED, MAILS = "rendered reports", "mails"
NOBODYS = ""
# Of whom nobody knows whose they are: notices.
NOBODYS_DAYS = timedelta(days=30)
RULES = """
    select tenant.slug, rule.kind, rule.older_than, rule.first_day,
        app.hold_on_customer(tenant.id, null, least(run.as_of, now())) is not null as is_held
    from public.tenants as tenant
    cross join lateral (
        select coalesce(app.day_begins(%s::date::timestamp, tenant.timezone), now()) as as_of
    ) as run
    cross join lateral app.file_rules(tenant.id, run.as_of) as rule
    where rule.kind in ('rendered reports', 'mails of the local Maildir')
"""
Connection = psycopg.Connection[tuple[object, ...]]
# By run, kind and reason, the paths that go.
Going = dict[str, dict[str, dict[str, list[str]]]]


@dataclass(frozen=True)
class Rule:
    """Until when what a tenant has is old, and whether it is held all the same."""

    slug: str
    kind: str
    older_than: datetime
    first_day: date
    is_held: bool


@dataclass
class Expired:
    """Slots of rendered reports and mails that went, and how many a hold keeps, by tenant and kind, "" for nobody's."""

    gone: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)

    def count(self, kind: str) -> int:
        """Of all tenants."""
        return sum(count for (_, what), count in self.gone.items() if what == kind)


def expire(
    source: Connection,
    settings: Settings,
    *,
    as_of: date | None,
    runs: Mapping[str, UUID],
    dry: bool,
    on_step: retention_ledger.Step,
) -> Expired:
    """Delete what was rendered and mailed long ago, but for tenants under a hold, and mails that may be theirs; dry, count.

    `runs` are the rows of the ledger by the tenant's slug.
    """
    done, going = Expired(), list[Path]()
    listed: Going = {}
    for kind, path, rule in _old(source, settings, as_of):
        if rule.is_held:
            done.kept[rule.slug, kind] += 1
            continue
        going.append(path)
        done.gone[rule.slug, kind] += 1
        reason = f"older than {rule.first_day}"
        counts = done.reasons.setdefault(rule.slug, {}).setdefault(kind, {})
        counts[reason] = counts.get(reason, 0) + 1
        if run := runs.get(rule.slug):
            listed.setdefault(str(run), {}).setdefault(kind, {}).setdefault(reason, []).append(str(path))
    if not dry and going:
        files.write(settings.retention_list, json.dumps(listed).encode())
        on_step("listed", "")
        for path in going:
            _delete(path)
            on_step("file", path.name)
        settle(source, settings.retention_list)
    return done


def _delete(path: Path) -> None:
    """A slot or a mail; what is gone already, or cannot be deleted, is no error."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def settle(source: Connection, list_of_going: Path) -> None:
    """Tell of each run how many of the files that it meant to delete are not there any more."""
    try:
        listed: Going = json.loads(list_of_going.read_bytes())
    except FileNotFoundError:
        return
    for run, kinds in listed.items():
        counts = {
            kind: {reason: gone for reason, paths in reasons.items() if (gone := _gone(paths))}
            for kind, reasons in kinds.items()
        }
        told = {kind: reasons for kind, reasons in counts.items() if reasons}
        retention_ledger.note_elsewhere(source, UUID(run), FILES, told)
    list_of_going.unlink(missing_ok=True)


def _gone(paths: list[str]) -> int:
    return sum(not Path(path).exists() for path in paths)


def _old(source: Connection, settings: Settings, as_of: date | None) -> Iterator[tuple[str, Path, Rule]]:
    """Everything whose days are over, with the rule that says so."""
    with source.cursor(row_factory=class_row(Rule)) as cursor:
        known = cursor.execute(RULES, (as_of,)).fetchall()
    nobodys = _nobodys(as_of, is_held=any(rule.is_held for rule in known))
    of_slots = {rule.slug: rule for rule in known if rule.kind == "rendered reports"}
    of_mails = {rule.slug: rule for rule in known if rule.kind != "rendered reports"}
    for slot in files.slots(settings.reports):
        rule = of_slots.get(slot.parent.parent.name, nobodys)
        if slot.name[:10] < f"{rule.first_day}":
            yield RENDERED, slot, rule
    latest = max(rule.older_than for rule in (nobodys, *of_mails.values()))
    old = {mail: since for mail, since in maildir.mails(settings.mail).items() if since < latest}
    owners = maildir.owners(source, old) if old else {}
    for mail, since in old.items():
        rule = of_mails.get(owners.get(mail, NOBODYS), nobodys)
        if since < rule.older_than:
            yield MAILS, mail, rule


def _nobodys(as_of: date | None, *, is_held: bool) -> Rule:
    """Whose a notice is no ledger says: while anybody is held, it may be theirs."""
    at = datetime.combine(as_of or datetime.now(UTC).date(), time(), UTC) - NOBODYS_DAYS
    return Rule(NOBODYS, MAILS, at, at.date(), is_held)
