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

create table etl.log_epoch (
    only_row boolean not null default true,
    epoch uuid not null default gen_random_uuid(),
    constraint log_epoch_pkey primary key (only_row),
    constraint log_epoch_one_row check (only_row)
);
comment on table etl.log_epoch is
    'One row, whose epoch changes when somebody else than its reader takes rows out of etl.change: what was lost nobody knows.';
insert into etl.log_epoch default values;
alter table etl.log_epoch enable row level security;

create table etl.acknowledged (
    only_row boolean not null default true,
    snapshot pg_snapshot not null,
    data_as_of timestamptz not null,
    acknowledged_at timestamptz not null default clock_timestamp(),
    constraint acknowledged_pkey primary key (only_row),
    constraint acknowledged_one_row check (only_row)
);
comment on table etl.acknowledged is
    'At most one row: what the warehouse has landed. A row older than data_as_of may be deleted for retention; a younger one may not.';
alter table etl.acknowledged enable row level security;
