"""The access lists of all tables: a row of each, who may do what to it, and what a new row needs beside its tenant.

Belongs here: joining the lists. Not here: a list; each migration has its module.
"""

from tests.operational_schema.access import (
    agent_management,
    analytics_reporting,
    core_tables,
    integrations_channels,
    knowledge_management,
    lifecycle,
    workflows_utilities,
)

_MODULES = (
    core_tables,
    knowledge_management,
    agent_management,
    analytics_reporting,
    integrations_channels,
    workflows_utilities,
    lifecycle,
)

ROWS = "".join(module.ROWS for module in _MODULES)
ALLOWED = {table: cells for module in _MODULES for table, cells in module.ALLOWED.items()}
VALUES = {table: values for module in _MODULES for table, values in module.VALUES.items()}
UPDATES = {table: change for module in _MODULES for table, change in getattr(module, "UPDATES", {}).items()}
