"""Exports: all rows of a kind, of one tenant, as a file.

Belongs here: one export at once. Not here: what is exported (`selection.py`, `columns.py`), how it is written (`writing.py`,
`listing.py`), the jobs that people ask for (`jobs.py`), and reports, which show figures.
"""

from collections.abc import Mapping
from pathlib import Path

from reports import query
from reports.errors import ReportError
from reports.exports import selection, writing
from reports.exports.writing import Written


def export_now(
    warehouse_url: str, *, tenant: str, kind: str, form: str, filters: Mapping[str, object], to: Path
) -> Written:
    """Write an export of a tenant, named by its slug. Raises ReportError for a tenant that the marts do not know."""
    with query.marts(warehouse_url) as marts:
        query.data_as_of(marts)
        row = marts.execute("select tenant_id from marts.tenants where slug = %s", (tenant,)).fetchone()
        if row is None:
            slugs = [slug for (slug,) in marts.execute("select slug from marts.tenants order by slug limit 10")]
            raise ReportError(f'no tenant "{tenant}": the marts know {", ".join(slugs) or "none"}')
        return writing.write(marts, selection.parse(row[0], kind, dict(filters)), form=form, to=to)
