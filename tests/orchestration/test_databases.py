"""Connecting: what keeps it from opening is one line, without what is secret.

Belongs here: `databases.connect`. Not here: URLs that settings refuse before (`test_settings.py`).
"""

import traceback

import pytest

from orchestration.databases import connect
from orchestration.errors import WarehouseError


def test_a_url_that_cannot_be_read_is_not_repeated() -> None:
    """S16: libpq's own words have a part of the password."""
    spoiled = "postgresql://u:can%ary@h/d"
    with pytest.raises(WarehouseError, match="cannot be read") as refused:
        connect(spoiled)
    assert "can%ary" not in "".join(traceback.format_exception(refused.value))
