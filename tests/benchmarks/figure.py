"""One measured figure."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """A name in dotted form, a value, and its unit: `s`, `1/s`, `MB`, or `ratio` to what the name says."""

    name: str
    value: float
    unit: str

    def as_json(self) -> dict[str, str | float]:
        """The figure as bench.json has it."""
        return asdict(self)
