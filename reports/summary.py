"""What a run did, in numbers and words.

Belongs here: the counts, and what makes a run one that went well. Not here: the run (`run.py`), and how it is shown.
"""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class RunSummary:
    """How many mails ended in each state; in words, which slots were passed over, and which reports could not be worked on."""

    states: Counter[str] = field(default_factory=Counter)
    passed_over: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def rows(self) -> list[tuple[str, int]]:
        """State and mails."""
        return sorted((state, mails) for state, mails in self.states.items() if mails)

    @property
    def total(self) -> int:
        """Mails that this run looked at."""
        return sum(self.states.values())

    @property
    def sent(self) -> int:
        """Mails that left."""
        return self.states["sent"]

    @property
    def failed(self) -> int:
        """Mails that failed for good."""
        return self.states["failed"]

    @property
    def sent_nothing(self) -> bool:
        """Whether there was something to send, and none of it left: held, skipped, passed over, or failed, all of it."""
        return bool(self.total or self.passed_over) and not self.states["sent"] + self.states["partial"]

    @property
    def was_idle(self) -> bool:
        """Whether nothing was due and nothing waited: then a run without mails is as it should be."""
        return not (self.total or self.passed_over or self.wrong)

    @property
    def trouble(self) -> str | None:
        """Why somebody has to look at it; None where nobody has to."""
        found = list(self.wrong)
        if self.failed:
            found.append(f"{self.failed} mails failed: romashka reports deliveries REPORT says why")
        elif self.sent_nothing:
            found.append(
                "; ".join(["nothing was sent: romashka reports deliveries REPORT says why", *self.passed_over])
            )
        return "; ".join(found) or None
