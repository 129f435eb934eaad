"""What squawk is told to overlook in a migration has its reason.

Belongs here: reasons of single exceptions. Not here: rules that apply nowhere (`.squawk.toml`), and running it (`make lint`).
"""

from operational_schema.migration_files import FUNCTIONS, MIGRATIONS

# Of files that were applied before their reasons were asked for: an applied file does not change any more.
REASONS = {
    (
        "005_integrations_channels.sql",
        "ban-create-domain-with-constraint",
    ): "a refused row would be printed, and a refused "
    "value of a domain is not; there is nothing to scan when the domain is made",
    (
        "014_indexes_that_begin_others.sql",
        "require-concurrent-index-deletion",
    ): "dropping takes a moment, and waits two "
    "seconds at most for whoever reads; concurrently it could not be in the file's transaction",
    (
        "017_holds_outlive.sql",
        "ban-drop-constraint",
    ): "a hold that is over outlives its subject: no key could say that; "
    "nobody relies on it but the delete that it undid",
}
IGNORE = "squawk-ignore"


def _unexplained(name: str, text: str) -> list[tuple[str, str]]:
    """Each exception without a comment above it in its paragraph."""
    found = []
    for paragraph in text.split("\n\n"):
        explained = False
        for line in map(str.strip, paragraph.splitlines()):
            if line.startswith("--") and IGNORE not in line:
                explained = True
            elif line.startswith("--") and not explained:
                rules = line.partition(IGNORE)[2].removeprefix("-file").split(",")
                found += [(name, rule.strip()) for rule in rules]
    return found


def test_an_exception_without_a_reason_is_seen() -> None:
    told = "-- It is empty.\nalter table a\n    -- squawk-ignore one,two\n    add b;\n\n"
    assert _unexplained("x.sql", told) == []
    assert _unexplained("x.sql", told + "-- squawk-ignore three\ndrop c;") == [("x.sql", "three")]
    assert _unexplained("x.sql", "-- squawk-ignore-file one\ndrop c;") == [("x.sql", "one")]


def test_every_exception_has_a_reason() -> None:
    files = [path for folder in (MIGRATIONS, FUNCTIONS) for path in sorted(folder.glob("*.sql"))]
    found = {one for path in files for one in _unexplained(path.name, path.read_text(encoding="utf-8"))}
    assert found == set(REASONS)
