"""Whether a database keeps to one session for each connection: what workers hold slots by.

Belongs here: that question. Not here: the locks (`ledger.py`).
"""

import psycopg

from reports.errors import RunStoppedError

_WHICH = "select pg_backend_pid()"


def require_own_session(connection: psycopg.Connection[tuple[object, ...]], url: str) -> None:
    """Refuse a pooler that hands its sessions around between transactions.

    A lock taken on one would be held by whoever gets it next, and two workers would send one slot. Two connections at once
    never have one session, unless somebody pools: then the second gets that of the first, or the first another one.
    """
    before = connection.execute(_WHICH).fetchone()
    with psycopg.connect(url) as second, second.transaction():
        # In this order: a pool of one session has none left for the first connection while the second is in a transaction.
        is_shared = second.execute(_WHICH).fetchone() == before or connection.execute(_WHICH).fetchone() != before
    if is_shared:
        raise RunStoppedError(
            "the operational database is reached through a pooler in transaction mode, in which nobody can hold a slot: "
            "give reports its direct connection, or a pooler in session mode"
        )
