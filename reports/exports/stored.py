"""Files of exports where they are kept: a folder for each tenant.

Belongs here: which file a name of export_jobs means. Not here: writing it (`writing.py`), and when it goes (`jobs.py`).
"""

from pathlib import Path


def file_of(folder: Path, tenant_slug: str, name: str) -> Path | None:
    """The file of a tenant's that a name means; None for a name that leads anywhere else.

    A row is no proof of a file: one that names another tenant's, or the folder itself, must not have that deleted.
    """
    if "://" in name:
        return None
    file = (folder / name).resolve()
    return file if file.parent == (folder / tenant_slug).resolve() else None
