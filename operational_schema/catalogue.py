"""What the files make of an empty database, object by object, and in what another database differs.

Belongs here: the list of objects (`catalogue.txt`, of which a test says whether it is what the files make) and comparing
with it. Not here: what the objects must be (`rules/`).

A list and not a second, fresh database to compare with: it needs no right to make one, the same list serves every version
of PostgreSQL, and a change of the schema can be read in it line by line.
"""

import re
from collections.abc import Iterator

import psycopg

from operational_schema.migration_files import ROOM

FILE = ROOM / "catalogue.txt"
QUERY = ROOM / "catalogue.sql"
WHOLE = ("table", "view", "materialized view", "foreign table", "sequence", "function", "domain", "extension")
LONGEST = 160

# Owner and object ("public.messages", "column content"), and its definition.
Catalogue = dict[tuple[str, str], str]


def present(connection: psycopg.Connection) -> Catalogue:
    """What a database has."""
    # What is not in the path is written with its schema, whatever path the session came with.
    with connection.transaction(force_rollback=True):
        connection.execute("set local search_path = ''")
        rows = connection.execute(QUERY.read_bytes()).fetchall()
    return {(owner, part): flat(" ".join(definition.split())) for owner, part, definition in rows}


def flat(definition: str) -> str:
    """A definition as a dump and a restore would leave it: `((a OR b) OR c)` is `(a OR b OR c)`.

    PostgreSQL makes a comparison of rows into a chain of two at a time, and what it prints it reads as one of many.
    """
    opened: list[tuple[int, set[str]]] = []
    needless: set[int] = set()
    is_text = False
    for token in re.finditer(r"'|\(|\)| OR | AND ", definition):
        is_text ^= token[0] == "'"
        if is_text or token[0] == "'":
            continue
        if token[0] == "(":
            opened.append((token.start(), set()))
        elif token[0] == ")" and opened:
            begin, words = opened.pop()
            if definition[begin - 1] == "(" and any(definition.startswith(word, token.end()) for word in words):
                needless |= {begin, token.start()}
        elif opened:
            opened[-1][1].add(token[0])
    return "".join(letter for place, letter in enumerate(definition) if place not in needless)


def promised() -> Catalogue:
    """What the files make."""
    lines = (line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines())
    return {(owner, part): definition for owner, part, definition in lines}


def text(catalogue: Catalogue) -> str:
    """The list as the file has it."""
    return "".join(f"{owner}\t{part}\t{definition}\n" for (owner, part), definition in sorted(catalogue.items()))


def differences(found: Catalogue, expected: Catalogue) -> Iterator[str]:
    """One line for each object that differs; of a table that is missing or not ours, one line only."""
    wholes = {owner for owner, part in found.keys() ^ expected.keys() if part in WHOLE}
    for owner, part in sorted(found.keys() | expected.keys()):
        if owner in wholes and part not in WHOLE:
            continue
        now, then = found.get((owner, part)), expected.get((owner, part))
        name = f"{part} {owner}" if part in WHOLE else f"{owner}: {part}"
        if now is None:
            yield f"{name} is missing"
        elif then is None:
            yield f"{name} is none of ours" if part in WHOLE else f"{name} is none of ours ({_short(now)})"
        elif now != then:
            yield f"{name} was changed" + ("" if "md5 " in now else f": {_short(now)}, instead of {_short(then)}")


def _short(definition: str) -> str:
    return definition if len(definition) <= LONGEST else f"{definition[:LONGEST]}…"
