"""What assets are handed: the two databases and the settings, read when a run starts.

Belongs here: Dagster resources. Not here: environment variables (`orchestration/settings.py`).
"""

import dagster as dg

from orchestration import settings
from orchestration.databases import Databases, ready
from orchestration.extraction.pseudonym_key import pseudonym_key
from orchestration.settings import Settings


class House(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The databases and the settings of this installation."""

    def settings(self) -> Settings:
        """What the environment says now."""
        return settings.load()

    def databases(self) -> Databases:
        """Both URLs; starts the embedded server where it is to serve."""
        return ready(self.settings())

    def pseudonym_key(self) -> str:
        """The key of the customers' pseudonyms."""
        now = self.settings()
        return pseudonym_key(given=now.pseudonym_key, home=now.home)


@dg.definitions
def resources() -> dg.Definitions:
    """Resources by the names that assets ask for."""
    return dg.Definitions(resources={"house": House()})
