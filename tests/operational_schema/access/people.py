"""Groups of people of a tenant who may do the same.

Belongs here: the words of the access lists. Not here: the lists (a module per migration), and who these people are
(`conftest.py`).
"""

MEMBERS = frozenset({"user", "agent", "admin", "retired", "stranger"})
PEOPLE = frozenset({"user", "agent", "admin", "retired"})
STAFF = frozenset({"agent", "admin"})
ADMIN = frozenset({"admin"})
VISITORS = frozenset({"visitor"})
NOBODY: frozenset[str] = frozenset()

# Who succeeds with select, insert, update, delete on the rows of tenant acme. Everybody else sees and changes nothing.
Cells = tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]
