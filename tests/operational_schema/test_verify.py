"""Verification: clean, break one thing, one finding, mend, clean."""

import psycopg
import pytest

from operational_schema.errors import SchemaError
from operational_schema.verify import verify

pytestmark = pytest.mark.usefixtures("every_server")

FAULTS = {
    "row level security is on": "alter table public.messages disable row level security",
    "a table has a policy": "drop policy staff_select on public.report_deliveries",
    "a policy names a role": "create policy open_to_all on public.messages for select using (true)",
    "a table has tenant_id, not null": "alter table public.messages alter column tenant_id drop not null",
    "a foreign key stays within its tenant": "alter table public.messages add constraint crossing "
    "foreign key (conversation_id) references public.conversations (id)",
    "a foreign key has an index": "drop index public.idx_messages_sender_id",
    "a table is described": "comment on table public.messages is null",
    "fixes its search_path": "alter function app.role() reset search_path",
    "nobody but its users may run": "grant execute on function app.role() to public",
    "may not truncate": "grant truncate on public.messages to authenticated",
    "without logging in": "grant select on public.messages to anon",
    "cannot be slipped past": "alter table public.messages enable trigger change_log_insert",
    "is missing": "drop table public.export_jobs",
}


def test_a_migrated_database_has_no_finding(operational_url: str) -> None:
    assert verify(operational_url) == []


@pytest.mark.parametrize("promise", FAULTS)
def test_each_planted_fault_is_found(operational_url: str, promise: str) -> None:
    with psycopg.connect(operational_url) as connection:
        connection.execute(FAULTS[promise])
    assert any(promise in finding for finding in verify(operational_url))


def test_an_empty_database_is_no_clean_one(empty_url: str) -> None:
    with pytest.raises(SchemaError, match="run romashka migrate"):
        verify(empty_url)
