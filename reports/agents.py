"""What the agents of a tenant are called in its reports: the marts know them by key alone.

Belongs here: names for keys, and keys for what a filter says. Not here: figures of agents (`dimensions.py`, `query.py`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from reports.addresses import one_line
from reports.errors import ReportError

NOBODY = "nobody"


@dataclass(frozen=True)
class Agents:
    """The names by key, as the platform has them."""

    names: Mapping[str, str]

    def called(self, key: str) -> str:
        """A name that only one has; without any, the beginning of the key."""
        if not key:
            return NOBODY
        name = one_line(self.names.get(key, ""))
        if not name:
            return f"agent {key[:8]}"
        is_shared = Counter(map(one_line, self.names.values()))[name] > 1
        return f"{name} ({key[:8]})" if is_shared else name

    def keys(self, chosen: Iterable[str]) -> tuple[UUID, ...]:
        """Of those who are called so, or have that key. Raises ReportError where nobody is meant."""
        return tuple(key for each in chosen for key in self._keys(each))

    def _keys(self, chosen: str) -> list[UUID]:
        found = [UUID(key) for key, name in self.names.items() if chosen in (name, one_line(name))]
        if found:
            return found
        try:
            return [UUID(chosen)]
        except ValueError as error:
            raise ReportError(f'filter agents: nobody is called "{one_line(chosen)[:100]}"') from error
