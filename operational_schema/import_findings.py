"""What is wrong with a line, in words.

Belongs here: turning the first finding of a validation into one phrase that names the place. Not here: what is checked
(`import_form.py`, `import_types.py`).
"""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

# Names of the unions' members, which stand in a finding's path beside the keys of the file.
LINES = ("tenant", "conversation")
EVENTS = ("message", "status", "assign", "rating")
OBJECTS = ("model_type", "model_attributes_type", "dict_type")


def first(error: ValidationError) -> str:
    """The first finding: where, and what."""
    found = error.errors(include_url=False)[0]
    steps = found["loc"]
    match found["type"]:
        case "extra_forbidden":
            return f'unknown key "{steps[-1]}"{_within(steps[:-1])}'
        case "missing":
            return f'key "{steps[-1]}" is missing{_within(steps[:-1])}'
        case "union_tag_not_found":
            return f'key "type" is missing{_within(steps)}'
        case "union_tag_invalid":
            return f'unknown type "{found["ctx"]["tag"]}"{_within(steps)}: use one of {", ".join(EVENTS)}'
    where = _path(steps)
    return f"{where}: {_said(found)}" if where else _said(found)


def _said(found: ErrorDetails) -> str:
    if found["type"] in OBJECTS:
        return "must be an object"
    said = found["msg"].removeprefix("Value error, ")
    return said[0].lower() + said[1:]


def _within(steps: tuple[int | str, ...]) -> str:
    path = _path(steps)
    return f" in {path}" if path else ""


def _path(steps: tuple[int | str, ...]) -> str:
    """`events[2].sender`, without the names of the unions on the way."""
    path = ""
    for position, step in enumerate(steps):
        names_a_line = position == 0 and step in LINES
        names_an_event = position > 0 and isinstance(steps[position - 1], int) and step in EVENTS
        if names_a_line or names_an_event or step == "[key]":
            continue
        path += f"[{step}]" if isinstance(step, int) else (f".{step}" if path else str(step))
    return path
