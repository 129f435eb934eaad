-- A run of retention is over when the warehouse, the archive and the files are through, too; its row says what each lost.
-- What is there has the default of a column that is new: looked through at once.
-- squawk-ignore-file constraint-missing-not-valid

alter table public.retention_runs
    add column elsewhere jsonb not null default '{}',
    add column steps_done text[] not null default '{}',
    add constraint retention_runs_steps_done_known check (steps_done <@ array['source', 'warehouse', 'archive', 'files']);
comment on table public.retention_runs is
    'Each run of the retention rules: what went by table, and what stayed by reason, here and elsewhere.';
comment on column public.retention_runs.elsewhere is
    'What went outside of this database: by place (warehouse, archive, files), table or kind of file, and reason.';
comment on column public.retention_runs.steps_done is
    'What is behind the run: source, warehouse, archive, files. Completed with the first alone it was a run of this database only.';
