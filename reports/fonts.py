"""The fonts that documents are set in, beside Typst's own.

Belongs here: where they lie. Not here: which of them a text takes (`templates/`).
"""

from pathlib import Path

import manimgx_fonts
import weblate_fonts

# Typst's own fonts know Latin, Cyrillic and Greek; these the other scripts, and emoji.
FONTS = [
    str(Path(manimgx_fonts.__file__).parent),
    str(Path(weblate_fonts.__file__).parent / "static" / "weblate_fonts" / "kurinto" / "ttf"),
]
