-- A notice that nobody has heard is tried again, like a mail; and there is more to tell.

alter table public.report_notices
    add column attempts integer not null default 0,
    add column next_attempt_at timestamptz;

-- The kinds that there were stay; the table has a row for each slot that went wrong, and is checked at once.
-- squawk-ignore ban-drop-constraint
alter table public.report_notices drop constraint report_notices_kind_known;
-- squawk-ignore constraint-missing-not-valid
alter table public.report_notices add constraint report_notices_kind_known check (
    kind in ('failed', 'held', 'skipped', 'unknown', 'unscheduled')
);

comment on column public.report_notices.next_attempt_at is
    'Not before then is the owner told again; null is at once. Each refusal puts it off longer.';
