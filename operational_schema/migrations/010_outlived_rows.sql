-- What retention deleted of late, for a warehouse that has forgotten it.

create table etl.outlived (
    table_name text not null,
    key uuid not null,
    tenant_id uuid,
    pruned_at timestamptz not null default now(),
    constraint outlived_pkey primary key (table_name, key)
);
comment on table etl.outlived is
    'Rows that retention deleted in the last weeks, after their changes were pruned: their facts stay in a warehouse that was restored from before.';
comment on column etl.outlived.pruned_at is 'When the log lost them. After 35 days they go from here, too.';

create index idx_outlived_pruned_at on etl.outlived (pruned_at);

-- No policy and no grant: nobody but the owner reads or writes it.
alter table etl.outlived enable row level security;
