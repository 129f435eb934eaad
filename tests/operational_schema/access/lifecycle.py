"""Who may do what to the tables of 008_lifecycle.sql and after it: erasures, holds, retention, consent, files, what outlived.

Belongs here: a row of each table, who may select, insert, update, delete the tenant's rows, and what a new row needs. Not
here: trying it (`test_row_level_security.py`).
"""

from tests.operational_schema.access.people import ADMIN, NOBODY, STAFF, Cells

ROWS = """
insert into public.erasure_requests (tenant_id, customer_id) values (%(tenant)s, %(customer)s);
insert into app.erasure_work (request_id, kind, item)
    select id, 'table', 'public.messages' from public.erasure_requests where tenant_id = %(tenant)s;
insert into public.legal_holds (tenant_id, conversation_id, reason, released_at)
    values (%(tenant)s, %(second)s, 'lawsuit', now());
insert into public.retention_runs (tenant_id, as_of, dry_run) values (%(tenant)s, '2026-01-01', true);
insert into public.customer_consents (tenant_id, customer_id, purpose, legal_basis, granted)
    values (%(tenant)s, %(customer)s, 'analytics', 'consent', true);
insert into public.file_deletions (tenant_id, storage_provider, file_path, reason)
    values (%(tenant)s, 'supabase', 'invoice of mine.pdf', 'retention');
insert into app.erasure_files (request_id, file_id)
    select request.id, waiting.id from public.erasure_requests as request
    inner join public.file_deletions as waiting on waiting.tenant_id = request.tenant_id where request.tenant_id = %(tenant)s;
insert into app.former_values (tenant_id, customer_id, kind, value) values (%(tenant)s, %(customer)s, 'name', 'Ann Former');
insert into app.erased_identities (tenant_id, kind, digest, request_id)
    select tenant_id, 'email', sha256('nobody'), id from public.erasure_requests where tenant_id = %(tenant)s;
insert into etl.outlived (table_name, key, tenant_id) values ('conversations', gen_random_uuid(), %(tenant)s);
"""

ALLOWED: dict[str, Cells] = {
    "erasure_requests": (ADMIN, ADMIN, NOBODY, NOBODY),
    "legal_holds": (STAFF, ADMIN, ADMIN, NOBODY),
    "retention_runs": (ADMIN, NOBODY, NOBODY, NOBODY),
    "customer_consents": (STAFF, STAFF, NOBODY, NOBODY),
    "file_deletions": (ADMIN, NOBODY, NOBODY, NOBODY),
}

VALUES: dict[str, str] = {
    "erasure_requests": "tenant_id, customer_id) values (%(tenant)s, gen_random_uuid()",
    "legal_holds": "tenant_id, conversation_id, reason) values (%(tenant)s, %(conversation)s, 'new'",
    "retention_runs": "tenant_id, as_of, dry_run) values (%(tenant)s, '2026-01-01', true",
    "customer_consents": "tenant_id, customer_id, purpose, legal_basis, granted) "
    "values (%(tenant)s, %(customer)s, 'marketing', 'consent', false",
    "file_deletions": "tenant_id, storage_provider, file_path, reason) values (%(tenant)s, 'supabase', 'a', 'deleted'",
}

# What an update sets, where a row has no created_at, or nobody may set it.
UPDATES: dict[str, str] = {
    "retention_runs": "dry_run = dry_run",
    "file_deletions": "deleted_at = now()",
}
