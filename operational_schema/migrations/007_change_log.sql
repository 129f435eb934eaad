-- The change log that extraction reads: keys only, never values.

create schema if not exists etl;
comment on schema etl is 'What the warehouse''s extraction needs in this database. Not exposed through the API.';

create table etl.change (
    sequence bigint generated always as identity,
    xid xid8 not null default pg_current_xact_id(),
    table_name text not null,
    operation text not null,
    key uuid,
    tenant_id uuid,
    reason text,
    constraint change_pkey primary key (sequence),
    constraint change_operation_known check (operation in ('I', 'U', 'D', 'T')),
    constraint change_key_known check ((operation = 'T') = (key is null)),
    constraint change_reason_known check (reason in ('retention', 'erasure', 'correction'))
);
comment on table etl.change is
    'One row per changed row: which transaction changed which key. A reader takes what its snapshot sees and its last one did not.';
comment on column etl.change.operation is 'I insert, U update, D delete, T truncate.';
comment on column etl.change.reason is 'Why a row was deleted, from the setting etl.reason of the deleting transaction.';

create index idx_change_xid on etl.change (xid);

-- No policy and no grant: nobody but the owner reads or writes it.
alter table etl.change enable row level security;
