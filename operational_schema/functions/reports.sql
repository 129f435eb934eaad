-- What keeps a scheduled report from being saved with a schedule that means nothing, or for somebody whom no mail reaches; and the
-- ledger of mails true when one is deleted.

create or replace function app.cron_value(field integer, entered text)
returns integer
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select value
    from (
        select case
            when entered ~ '^[0-9]{1,9}$' then entered::integer
            when field = 4 then array_position(
                array['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'], upper(entered)
            )
            when field = 5 then array_position(array['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'], upper(entered)) - 1
        end as value
    ) as read
    where value between (array[0, 0, 1, 1, 0])[field] and (array[59, 23, 31, 12, 7])[field]
$$;
comment on function app.cron_value(integer, text) is
    'The number that a value of the nth cron field (minute, hour, day, month, weekday) spells; null where it is none.';

create or replace function app.cron_values(field integer, entered text)
returns integer[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    highest constant integer := (array[59, 23, 31, 12, 7])[field];
    found integer[] := array[]::integer[];
    term text;
    parts text[];
    first integer;
    last integer;
begin
    foreach term in array string_to_array(entered, ',') loop
        -- 1 the star, 2 and 3 the ends of a range, 4 the step
        parts := regexp_match(term, '^(?:(\*)|([A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?)(?:/([0-9]{1,9}))?$');
        first := case when parts[1] = '*' then (array[0, 0, 1, 1, 0])[field] else app.cron_value(field, parts[2]) end;
        last := case
            when parts[3] is not null then app.cron_value(field, parts[3])
            when parts[1] = '*' or parts[4] is not null then highest
            else first
        end;
        if first is null or last is null or last < first or parts[4]::integer = 0 then
            return null;
        end if;
        found := found || array(select generate_series(first, last, coalesce(parts[4]::integer, 1)));
    end loop;
    return found;
end;
$$;
comment on function app.cron_values(integer, text) is
    'All values of the nth field of a cron expression: lists of values, names, ranges and steps. Null for what is none.';

create or replace function app.is_cron(expression text)
returns boolean
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        cardinality(fields) = 5
        and cardinality(app.cron_values(1, fields[1])) > 0
        and cardinality(app.cron_values(2, fields[2])) > 0
        and cardinality(app.cron_values(3, fields[3])) > 0
        and cardinality(app.cron_values(4, fields[4])) > 0
        and cardinality(app.cron_values(5, fields[5])) > 0
        -- Both the day and the weekday must match where one begins with a star: the 31st of February never comes.
        and (
            (fields[3] not like '*%' and fields[5] not like '*%')
            or (select min(day) from unnest(app.cron_values(3, fields[3])) as day) <= (
                select max((array[31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[month])
                from unnest(app.cron_values(4, fields[4])) as month
            )
        ),
        false
    )
    from (select regexp_split_to_array(btrim(expression, E' \t'), '[ \t]+') as fields) as split
$$;
comment on function app.is_cron(text) is 'Whether a text is a cron expression of five fields that ever fires: names, ranges, steps, lists.';

create or replace function app.refuse_bad_schedule()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    -- One that was saved before there was this rule can still be switched off.
    if not app.is_cron(new.schedule_cron)
        and (tg_op = 'INSERT' or new.is_active or new.schedule_cron is distinct from old.schedule_cron) then
        raise exception 'schedule "%" is no cron expression of five fields that ever fires: write one such as 0 9 * * MON',
            left(new.schedule_cron, 100) using errcode = 'check_violation';
    end if;
    -- The next slot is another one now; whoever looks at reports enters it. What the new schedule would have been is over.
    if tg_op = 'UPDATE' and (
        (new.schedule_cron, new.timezone) is distinct from (old.schedule_cron, old.timezone)
        or new.is_active and not old.is_active
    ) then
        new.next_run_at := null;
        new.last_run_at := greatest(new.last_run_at, now());
    end if;
    return new;
end;
$$;
comment on function app.refuse_bad_schedule() is 'Refuses a schedule that could never be evaluated, when it is saved and not when it is due; and lets an edited one begin now.';

create or replace trigger refuse_bad_schedule
before insert or update of schedule_cron, timezone, is_active on public.scheduled_reports
for each row execute function app.refuse_bad_schedule();

create or replace function app.refuse_bad_recipient()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    place integer;
begin
    -- Ada <ada@example.com>, or the address alone.
    select listed.place into place
    from unnest(new.recipients) with ordinality as listed (recipient, place)
    where not public.validate_email(coalesce(
        substring(listed.recipient from '^[^<>@]*<([^<>]*)>\s*$'), btrim(listed.recipient)
    ))
    order by listed.place
    limit 1;
    if place is not null then
        raise exception 'recipient % of % has no address that mail can be sent to: write it as name@example.com',
            place, cardinality(new.recipients) using errcode = 'check_violation';
    end if;
    return new;
end;
$$;
comment on function app.refuse_bad_recipient() is
    'Refuses a recipient whom no mail could reach, when the report is saved and not when it is due; it says which one, and not who.';

create or replace trigger refuse_bad_recipient
before insert or update of recipients on public.scheduled_reports
for each row execute function app.refuse_bad_recipient();

create or replace function app.name_report()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    -- Locked: whoever deletes the report waits for this row, and finds it.
    select report.slug, report.name, report.report_type into new.report_slug, new.report_name, new.report_type
    from public.scheduled_reports as report
    where report.tenant_id = new.tenant_id and report.id = new.report_id
    for key share;
    if not found then
        raise exception 'report % of tenant % is not there: no mail of it can be entered', new.report_id, new.tenant_id
            using errcode = 'foreign_key_violation';
    end if;
    return new;
end;
$$;
comment on function app.name_report() is
    'Lets a mail be entered for a report of its tenant only, and notes what the report is called: the row outlives it.';

create or replace trigger name_report
before insert or update of tenant_id, report_id on public.report_deliveries
for each row execute function app.name_report();

create or replace function app.end_mails_of_report()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update public.report_deliveries as delivery set state = 'skipped', reason = 'the report was deleted'
    where delivery.tenant_id = old.tenant_id and delivery.report_id = old.id and delivery.state in ('queued', 'held');
    return null;
end;
$$;
comment on function app.end_mails_of_report() is
    'Ends what waits of a report that is deleted: with the owner''s rights, because nobody else writes the ledger.';

create or replace trigger end_mails_of_report
after delete on public.scheduled_reports
for each row execute function app.end_mails_of_report();

revoke execute on function
    app.cron_value(integer, text), app.cron_values(integer, text), app.is_cron(text), app.refuse_bad_schedule(),
    app.refuse_bad_recipient(), app.name_report(), app.end_mails_of_report()
    from public;
grant execute on function app.cron_value(integer, text), app.cron_values(integer, text), app.is_cron(text)
    to authenticated, service_role;
