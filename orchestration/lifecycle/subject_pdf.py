"""What is held about a person, as a page that they can read.

Belongs here: handing the exported JSON to Typst. Not here: what is in it (`subject_export.py`) and the look (`subject.typ`).
Values reach Typst as JSON: put into the source, a message could be a program.
"""

import shutil
import tempfile
from importlib.resources import files
from pathlib import Path

import typst

from reports.fonts import fonts

TEMPLATE = "subject.typ"


def render(exported: Path) -> bytes:
    """The PDF's bytes; the file is read whole."""
    with tempfile.TemporaryDirectory(prefix="romashka-subject-") as name:
        folder = Path(name)
        template = files("orchestration.lifecycle").joinpath(TEMPLATE).read_text(encoding="utf-8")
        (folder / TEMPLATE).write_text(template, encoding="utf-8")
        shutil.copyfile(exported, folder / "data.json")
        return typst.compile(str(folder / TEMPLATE), root=str(folder), format="pdf", font_paths=fonts())
