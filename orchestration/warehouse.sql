-- The warehouse's own tables: what runs need to know of each other. Applied again at every `romashka migrate`: each
-- statement must be harmless then. Not here: raw tables (orchestration/extraction/tables.py) and marts (dbt_project).

create schema if not exists raw;
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists build;
create schema if not exists facts;
create schema if not exists marts;
create schema if not exists ops;
create schema if not exists detached;

comment on schema raw is 'Landed rows of the operational database, de-identified.';
comment on schema build is 'Where dbt run by hand puts the marts of the conversations that are touched now. Readers use marts.';
comment on schema facts is 'Rows that views of marts and the next refresh are made of; read them through marts.';
comment on schema marts is 'The contract: what analysts, reports and the application read.';
comment on schema ops is 'State of extraction and publishing.';
comment on schema detached is
    'Rows of raw whose seven years are over, in a table for each day on which they left; dropped seven days later.';

create table if not exists ops.extract_state (
    only_row boolean not null default true,
    source text not null,
    key_fingerprint text not null,
    snapshot pg_snapshot not null,
    data_as_of timestamptz not null,
    landed_at timestamptz not null default clock_timestamp(),
    constraint extract_state_pkey primary key (only_row),
    constraint extract_state_one_row check (only_row)
);
comment on table ops.extract_state is
    'How far extraction has come: the last snapshot whose changes have landed, and of which source.';

alter table ops.extract_state add column if not exists acknowledged text;
comment on column ops.extract_state.acknowledged is
    'What the source says to have been landed, as far as this warehouse knows: the snapshot, once it has been told. Of the next '
    'extract it must say this, or the snapshot: it may have been told without our hearing of it.';

create table if not exists ops.landed_tables (
    table_name text not null,
    rows bigint not null,
    constraint landed_tables_pkey primary key (table_name)
);
alter table ops.landed_tables add column if not exists snapshot pg_snapshot;
alter table ops.landed_tables add column if not exists definition text;
alter table ops.landed_tables add column if not exists source_columns text [];
alter table ops.landed_tables add column if not exists source_lines text [];
alter table ops.landed_tables add column if not exists halted_because text;
alter table ops.landed_tables add column if not exists data_as_of timestamptz;
comment on table ops.landed_tables is 'How many rows each table of raw has, and what it equals at the source.';
comment on column ops.landed_tables.snapshot is
    'Older than that of ops.extract_state where the table is halted; null where all of it has to be read.';
comment on column ops.landed_tables.definition is 'Digest of what was read: another definition reads every row anew.';
comment on column ops.landed_tables.source_columns is 'The columns that the source had, as name and type.';
comment on column ops.landed_tables.source_lines is
    'The lines of the source''s catalogue for these columns and the triggers of its log: an ALTER, unheard, writes others.';
comment on column ops.landed_tables.halted_because is 'Why the table could not follow the last extract; null if it did.';
comment on column ops.landed_tables.data_as_of is 'The instant that the table equals; of a halted one, the last that it did.';

create table if not exists ops.prepared (
    only_row boolean not null default true,
    sha256 text not null,
    constraint prepared_pkey primary key (only_row),
    constraint prepared_one_row check (only_row)
);
comment on table ops.prepared is 'Which release''s statements made this warehouse: the digest of orchestration/warehouse.sql.';

create table if not exists ops.rejected_rows (
    table_name text not null,
    id uuid not null,
    column_name text not null,
    tenant_id uuid,
    reason text not null,
    landed_as_of timestamptz not null default clock_timestamp(),
    constraint rejected_rows_pkey primary key (table_name, id, column_name)
);
comment on table ops.rejected_rows is
    'Values that nothing after PostgreSQL can hold, and that landed as infinity or null instead: by key, never by value.';

create table if not exists ops.deleted_rows (
    table_name text not null,
    id uuid not null,
    tenant_id uuid,
    reason text,
    deleted_as_of timestamptz not null,
    constraint deleted_rows_pkey primary key (table_name, id)
);
comment on table ops.deleted_rows is
    'Rows deleted at the source, and why. Those of reason retention stay in raw; all others have left it.';

create table if not exists ops.tombstones (
    request_id uuid not null,
    tenant_id uuid not null,
    pseudonym uuid not null,
    erased_at timestamptz not null default clock_timestamp(),
    constraint tombstones_pkey primary key (tenant_id, pseudonym, request_id)
);
comment on table ops.tombstones is
    'Customers that were erased, by a pseudonym that no other row bears. A source that has one again came from a backup.';

create table if not exists ops.reconciliations (
    id bigint generated always as identity,
    data_as_of timestamptz not null,
    rows_compared bigint not null,
    rows_mended bigint not null,
    constraint reconciliations_pkey primary key (id)
);
comment on table ops.reconciliations is 'Each time that raw was held against the source, row by row.';

create table if not exists ops.reconciled_buckets (
    reconciliation_id bigint not null,
    table_name text not null,
    tenant_id uuid,
    month date,
    source_rows bigint not null,
    landed_rows bigint not null,
    missing bigint not null,
    extra bigint not null,
    unlike bigint not null,
    constraint reconciled_buckets_reconciliation_fkey foreign key (reconciliation_id) references ops.reconciliations (id)
);
comment on table ops.reconciled_buckets is
    'Months of a tenant''s table that were not alike, and how many keys were missing in raw, too many, or unlike. All were mended.';

create table if not exists ops.touched_conversations (
    tenant_id uuid not null,
    conversation_id uuid not null,
    constraint touched_conversations_pkey primary key (tenant_id, conversation_id)
);
comment on table ops.touched_conversations is
    'Conversations of which a row has landed or left since the marts were last published; publishing takes them away.';

create table if not exists ops.touched_tenants (
    tenant_id uuid not null,
    constraint touched_tenants_pkey primary key (tenant_id)
);
comment on table ops.touched_tenants is
    'Tenants all of whose conversations may read differently since the marts were last published: zone, hours, settings.';

create table if not exists ops.touched_lists (
    tenant_id uuid not null,
    constraint touched_lists_pkey primary key (tenant_id)
);
comment on table ops.touched_lists is
    'Tenants whose lists, such as that of their knowledge, have changed since the marts were last published: no conversation has.';

create table if not exists ops.touched_runs (
    tenant_id uuid not null,
    run_id uuid not null,
    constraint touched_runs_pkey primary key (tenant_id, run_id)
);
comment on table ops.touched_runs is
    'Runs of workflows outside conversations that have landed or left since the marts were last published.';

create table if not exists ops.touched_days (
    tenant_id uuid not null,
    date date not null,
    constraint touched_days_pkey primary key (tenant_id, date)
);
comment on table ops.touched_days is 'Local days that somebody has asked to have rebuilt.';

create table if not exists ops.touched_everything (
    only_row boolean not null default true,
    constraint touched_everything_pkey primary key (only_row),
    constraint touched_everything_one_row check (only_row)
);
comment on table ops.touched_everything is 'One row where the next refresh is to rebuild every mart, none where not.';

create table if not exists ops.published_tables (
    table_name text not null,
    rows bigint not null,
    constraint published_tables_pkey primary key (table_name)
);
comment on table ops.published_tables is 'How many rows each published table has.';

create table if not exists ops.published_models (
    only_row boolean not null default true,
    fingerprint text not null,
    constraint published_models_pkey primary key (only_row),
    constraint published_models_one_row check (only_row)
);
comment on table ops.published_models is
    'By which models the marts were made: other ones make every row anew.';

create table if not exists ops.publish_log (
    generation bigint not null,
    mart text not null,
    data_as_of timestamptz not null,
    published_at timestamptz not null default clock_timestamp(),
    rows_inserted bigint not null,
    rows_updated bigint not null,
    rows_deleted bigint not null,
    constraint publish_log_pkey primary key (generation, mart)
);
comment on table ops.publish_log is 'What each publish of the last two weeks changed, in each mart in which it changed a row.';
create index if not exists idx_publish_log_published_at on ops.publish_log (published_at);

create table if not exists ops.business_calendars (
    tenant_id uuid not null,
    digest text not null,
    since_year integer not null,
    until_year integer not null,
    constraint business_calendars_pkey primary key (tenant_id)
);
comment on table ops.business_calendars is
    'Of which hours, and for which years, raw.business_stretches has the open time of a tenant.';

create table if not exists raw.business_stretches (
    tenant_id uuid not null,
    day integer not null,
    from_ms bigint not null,
    until_ms bigint not null,
    opened_ms bigint not null,
    open_day integer,
    constraint business_stretches_pkey primary key (tenant_id, day, from_ms),
    constraint business_stretches_forward check (from_ms < until_ms)
);
create index if not exists business_stretches_open_day on raw.business_stretches (tenant_id, open_day)
where open_day is not null;
comment on table raw.business_stretches is
    'All time of each tenant that states its hours, in stretches of open and of closed time within one day of UTC, in milliseconds since 1970.';
comment on column raw.business_stretches.opened_ms is 'Open time before the stretch: the running total.';
comment on column raw.business_stretches.open_day is 'Which day''s worth of open time the stretch belongs to; null of closed time.';

create table if not exists ops.application_queue (
    id bigint generated always as identity,
    mart text not null,
    key uuid not null,
    constraint application_queue_pkey primary key (id)
);
comment on table ops.application_queue is
    'Keys of mart rows that changed and that the application has not been given back yet.';

create or replace function ops.queue_for_application()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    execute format(
        'insert into ops.application_queue (mart, key) select %L, changed.%I from changed', tg_argv[0], tg_argv[1]
    );
    return null;
end;
$$;
comment on function ops.queue_for_application() is 'Notes the keys that a statement changed in a mart.';

create or replace function ops.queue_all_for_application()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    execute format(
        'insert into ops.application_queue (mart, key) select %L, %I from %I.%I',
        tg_argv[0], tg_argv[1], tg_table_schema, tg_table_name
    );
    return null;
end;
$$;
comment on function ops.queue_all_for_application() is 'Notes every key of a mart that is about to be emptied.';

create table if not exists marts.tenant_readers (
    role_name name not null,
    tenant_id uuid not null,
    constraint tenant_readers_pkey primary key (role_name, tenant_id)
);
comment on table marts.tenant_readers is
    'Which database role reads which tenant''s rows of the marts; each role sees its own rows only.';
alter table marts.tenant_readers enable row level security;
drop policy if exists reader_reads_own on marts.tenant_readers;
create policy reader_reads_own on marts.tenant_readers for select to public using (role_name = current_user);
grant select on marts.tenant_readers to public;

create table if not exists marts.publication (
    only_row boolean not null default true,
    generation bigint not null,
    data_as_of timestamptz not null,
    published_at timestamptz not null,
    constraint publication_pkey primary key (only_row),
    constraint publication_one_row check (only_row)
);
comment on table marts.publication is
    'One row: which generation of the marts is visible, and up to which instant its source was read.';

create table if not exists marts.history_monthly (
    tenant_id uuid not null,
    month date not null,
    channel_type text not null,
    conversations bigint,
    resolved_conversations bigint,
    answered_conversations bigint,
    first_response_seconds_total numeric,
    rated_conversations bigint,
    satisfaction_total numeric,
    small_group_size integer not null,
    told_at timestamptz not null default now(),
    constraint history_monthly_pkey primary key (tenant_id, month, channel_type)
);
comment on table marts.history_monthly is
    'What outlives the rows: of each month whose conversations have begun to leave the warehouse, how many there were by channel, written once, as of then, and kept for good. Null: withheld, because the group is small or would tell one that is; or, of a total of seconds or ratings, because nothing was there.';
comment on column marts.history_monthly.tenant_id is 'Tenant.';
comment on column marts.history_monthly.month is 'First day of the local month in which the conversations started.';
comment on column marts.history_monthly.channel_type is 'Channel of the conversations, or all.';
comment on column marts.history_monthly.conversations is 'Conversations that started.';
comment on column marts.history_monthly.resolved_conversations is 'Those of them that were resolved.';
comment on column marts.history_monthly.answered_conversations is 'Those of them with a first answer.';
comment on column marts.history_monthly.first_response_seconds_total is 'Seconds to the first answer, over those that have one.';
comment on column marts.history_monthly.rated_conversations is 'Those of them with a rating.';
comment on column marts.history_monthly.satisfaction_total is 'Ratings from 1 to 5, added up over those that have one.';
comment on column marts.history_monthly.small_group_size is 'Fewer people than these were a small group: the tenant''s setting small_group_size, or 5.';
comment on column marts.history_monthly.told_at is 'When the month was added up.';
alter table marts.history_monthly enable row level security;
drop policy if exists reader_reads_tenant on marts.history_monthly;
create policy reader_reads_tenant on marts.history_monthly for select to public using (
    tenant_id = any (
        array(select reader.tenant_id from marts.tenant_readers as reader where reader.role_name = current_user)
    )
);

create table if not exists ops.detached (
    id bigint generated always as identity,
    relation text not null,
    tenant_id uuid not null,
    first_day date not null,
    rows bigint not null,
    detached_at timestamptz not null,
    dropped_at timestamptz,
    constraint detached_pkey primary key (id)
);
alter table ops.detached add column if not exists run_id uuid;
alter table ops.detached add column if not exists dropped_by uuid;
comment on table ops.detached is 'Which rows of which tenant have left raw for good, and when their table was dropped.';
comment on column ops.detached.run_id is 'The run of retention that detached them, as the source''s ledger calls it.';
comment on column ops.detached.dropped_by is 'The run of retention that dropped them.';
comment on column ops.detached.relation is 'The table in schema detached, which several tenants share.';
comment on column ops.detached.first_day is 'Everything of the tenant before this day was to leave.';

create table if not exists ops.archive_touched (
    id bigint generated always as identity,
    relation text not null,
    tenant_id uuid,
    month date,
    constraint archive_touched_pkey primary key (id)
);
comment on table ops.archive_touched is
    'Months of a tenant''s relation that the archive has to write again; a line without a tenant stands for the whole relation. '
    'A line is never shared by two transactions, it would be lost with the one that the archive has seen: a later line takes the place of earlier ones.';
create index if not exists archive_touched_month on ops.archive_touched (relation, tenant_id, month);

create table if not exists ops.archive_state (
    only_row boolean not null default true,
    written uuid,
    pending uuid,
    constraint archive_state_pkey primary key (only_row),
    constraint archive_state_one_row check (only_row)
);
comment on table ops.archive_state is
    'Which generation of the archive holds all that is not touched, and which one is being written: another folder is written anew.';

create or replace function ops.touch_archive()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    relation constant text := format('%s.%s', tg_table_schema, tg_table_name);
    changed text;
    note text;
begin
    if tg_op = 'TRUNCATE' then
        insert into ops.archive_touched (relation) values (relation);
        return null;
    end if;
    foreach changed in array case tg_op
        when 'INSERT' then array['came'] when 'DELETE' then array['went'] else array['came', 'went']
    end loop
        note := format(
            'insert into ops.archive_touched (relation, tenant_id, month) select distinct %L, %s, %s from %I',
            relation, tg_argv[0], tg_argv[1], changed
        );
        begin
            -- In place of earlier notes of the same months, or they would grow for ever where no archive is written any
            -- more; who waited for a note that another transaction has locked would wait for that transaction's end.
            execute format(
                'with noted as (%s returning relation, tenant_id, month), replaced as ('
                'select earlier.id from ops.archive_touched as earlier inner join noted using (relation, tenant_id) '
                'where earlier.month is not distinct from noted.month for update of earlier skip locked) '
                'delete from ops.archive_touched as earlier using replaced where earlier.id = replaced.id',
                note
            );
        exception when serialization_failure then
            -- A repeatable read sees notes that an archive has taken back since.
            execute note;
        end;
    end loop;
    return null;
end;
$$;
comment on function ops.touch_archive() is
    'Notes the months that a statement changed, in its own transaction; arguments: the tenant and the month of a row.';

create or replace view raw.extract as
select least(state.data_as_of, halted.data_as_of) as data_as_of
from ops.extract_state as state
cross join (
    select min(landed.data_as_of) as data_as_of from ops.landed_tables as landed where landed.halted_because is not null
) as halted;
comment on view raw.extract is
    'One row: the instant up to which raw knows all of the source. Where a table is halted, the last that it equalled.';

create or replace function marts.percentile_seconds(share double precision, buckets integer[], conversations bigint[])
returns numeric
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    -- Between the two ranks beside the share, as percentile_cont does; a bucket is taken for its middle.
    -- Counted in doubles, which are exact for counts: numeric sums took most of the time.
    with ranked as (
        select
            case bucketed.bucket when -1 then 0 else 2 * power(1.03::double precision, bucketed.bucket + 1) / 2.03 end as middle_ms,
            sum(bucketed.conversations::double precision) over (order by bucketed.bucket) as reached,
            sum(bucketed.conversations::double precision) over () as total
        from unnest(buckets, conversations) as bucketed (bucket, conversations)
    ), beside as (
        select
            min(ranked.middle_ms) filter (where ranked.reached > floor(share * (ranked.total - 1))) as below,
            min(ranked.middle_ms) filter (where ranked.reached > ceil(share * (ranked.total - 1))) as above,
            max(share * (ranked.total - 1) - floor(share * (ranked.total - 1))) as way
        from ranked
    )
    select round(((beside.below + (beside.above - beside.below) * beside.way) / 1000)::numeric, 3) from beside
$$;
comment on function marts.percentile_seconds(double precision, integer[], bigint[]) is
    'Percentile of durations in seconds from rows of marts.duration_histogram: share (0.5 is the median), array_agg(bucket), array_agg(conversations). Within 1.5 percent of percentile_cont over the durations themselves.';
