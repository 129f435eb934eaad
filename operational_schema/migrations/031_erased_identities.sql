-- By which addresses and keys somebody who was erased would come back from a file.

create table app.erased_identities (
    tenant_id uuid not null,
    kind text not null,
    digest bytea not null,
    request_id uuid not null,
    constraint erased_identities_pkey primary key (tenant_id, kind, digest),
    constraint erased_identities_request_fkey foreign key (request_id) references public.erasure_requests (id) on delete cascade,
    constraint erased_identities_kind_known check (kind in ('email', 'external_id'))
);
comment on table app.erased_identities is
    'Of each erased customer the e-mail addresses and external ids, as digests under the pseudonym key: an import recognises whom it must not bring back. A part of the tombstone, and goes with it.';

create index idx_erased_identities_request_id on app.erased_identities (request_id);

-- No policy and no grant: nobody but the owner reads or writes it.
alter table app.erased_identities enable row level security;
revoke all on app.erased_identities from anon, authenticated, service_role;
