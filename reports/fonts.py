"""The fonts that documents are set in, beside Typst's own.

Belongs here: where they lie, and finding them. Not here: which of them a text takes (`templates/`).
"""

from functools import cache
from pathlib import Path

import manimgx_fonts
import typst
import weblate_fonts

# Typst's own fonts know Latin, Cyrillic and Greek; these the other scripts, and emoji.
_FOLDERS = [
    str(Path(manimgx_fonts.__file__).parent),
    str(Path(weblate_fonts.__file__).parent / "static" / "weblate_fonts" / "kurinto" / "ttf"),
]


@cache
def fonts() -> typst.Fonts:
    """All of them, and none of the machine's. Looked for anew by each document, they took a third of its time."""
    return typst.Fonts(include_system_fonts=False, font_paths=_FOLDERS)
