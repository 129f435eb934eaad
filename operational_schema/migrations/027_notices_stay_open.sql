-- A notice that nobody has heard is tried again, like a mail; and there is more to tell.

alter table public.report_notices
    add column attempts integer not null default 0,
    add column next_attempt_at timestamptz,
    drop constraint report_notices_kind_known,
    add constraint report_notices_kind_known
        check (kind in ('failed', 'held', 'skipped', 'unknown', 'unscheduled')) not valid;
alter table public.report_notices validate constraint report_notices_kind_known;

comment on column public.report_notices.next_attempt_at is
    'Not before then is the owner told again; null is at once. Each refusal puts it off longer.';
