-- How far messages come on their channels, how many a day may leave, and what is used on the way.

create or replace function public.create_message_delivery_tracking()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if app.keeps_history() then
        insert into public.message_delivery_tracking (
            tenant_id, message_id, channel_type, external_message_id, delivery_status, created_at
        ) values (
            new.tenant_id, new.id, new.channel_type, new.external_message_id, new.delivery_status, new.created_at
        );
    end if;
    return null;
end;
$$;
comment on function public.create_message_delivery_tracking() is
    'Begins to track what our side sends on any channel but the website; nothing that customers write, and no internal note.';

-- Per row: most messages need no tracking, and the condition costs them nothing.
create or replace trigger track_delivery
after insert on public.messages
for each row
when (
    new.channel_type <> 'website' and not new.is_internal
    and new.sender_type in ('ai', 'assistant', 'bot', 'agent', 'human')
)
execute function public.create_message_delivery_tracking();

create or replace function app.join_delivery()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    known uuid;
begin
    if new.channel_type = 'website' or exists (
        select from public.messages as message
        where message.tenant_id = new.tenant_id and message.id = new.message_id
            and (message.is_internal or message.sender_type in ('user', 'customer', 'visitor'))
    ) then
        raise exception 'message % was not sent on channel "%": only what our side sends on other channels than the website is tracked',
            new.message_id, left(new.channel_type, 50) using errcode = 'check_violation';
    end if;
    -- Two first reports at once: the second waits, and then finds the row of the first.
    perform pg_advisory_xact_lock(hashtextextended(new.message_id::text, 20));
    select tracking.id into known
    from public.message_delivery_tracking as tracking
    where tracking.tenant_id = new.tenant_id and tracking.message_id = new.message_id
        and tracking.channel_type = new.channel_type;
    if known is null then
        return new;
    end if;
    update public.message_delivery_tracking as tracking
    set
        delivery_status = new.delivery_status, delivery_timestamp = new.delivery_timestamp,
        read_timestamp = new.read_timestamp, error_details = coalesce(new.error_details, tracking.error_details),
        retry_count = greatest(new.retry_count, tracking.retry_count),
        external_message_id = coalesce(new.external_message_id, tracking.external_message_id)
    where tracking.id = known;
    return null;
end;
$$;
comment on function app.join_delivery() is
    'Whoever reports a status by inserting a row, as the application does, changes the row that is there.';

-- What create_message_delivery_tracking inserts is new, and was looked at there.
create or replace trigger join_delivery
before insert on public.message_delivery_tracking
for each row when (pg_trigger_depth() = 0) execute function app.join_delivery();

create or replace function app.advance_delivery()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    path constant text[] := array['sent', 'failed', 'delivered', 'read'];
begin
    if tg_op = 'UPDATE' then
        if array_position(path, new.delivery_status) < array_position(path, old.delivery_status)
            and not (old.delivery_status = 'failed' and new.retry_count > old.retry_count)
        then
            new.delivery_status := old.delivery_status;
            new.error_details := old.error_details;
        end if;
        new.retry_count := greatest(new.retry_count, old.retry_count);
        new.delivery_timestamp := least(new.delivery_timestamp, old.delivery_timestamp);
        new.read_timestamp := least(new.read_timestamp, old.read_timestamp);
    end if;
    new.read_timestamp := case when new.delivery_status = 'read' then coalesce(new.read_timestamp, now()) end;
    new.delivery_timestamp := case
        when new.delivery_status in ('delivered', 'read') then coalesce(new.delivery_timestamp, new.read_timestamp, now())
    end;
    if tg_op = 'UPDATE' and new is not distinct from old then
        return null;
    end if;
    return new;
end;
$$;
comment on function app.advance_delivery() is
    'Keeps the furthest status: sent, failed, delivered, read. Reports come late and out of order; only a counted retry leads from failed back to sent. Each time is the earliest that was reported.';

create or replace trigger begin_delivery
before insert on public.message_delivery_tracking
for each row
when (new.delivery_status in ('delivered', 'read') or num_nonnulls(new.delivery_timestamp, new.read_timestamp) > 0)
execute function app.advance_delivery();

-- Before keep_updated_at, by its name: what changes nothing is not written.
create or replace trigger advance_delivery
before update on public.message_delivery_tracking
for each row execute function app.advance_delivery();

create or replace function app.show_delivery()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update public.messages as message
    set delivery_status = new.delivery_status
    where message.tenant_id = new.tenant_id and message.id = new.message_id
        and message.channel_type = new.channel_type and message.delivery_status <> new.delivery_status;
    return null;
end;
$$;
comment on function app.show_delivery() is 'Lets a message show how far it has come on its own channel.';

create or replace trigger show_first_delivery
after insert on public.message_delivery_tracking
for each row when (pg_trigger_depth() = 0) execute function app.show_delivery();

create or replace trigger show_delivery
after update on public.message_delivery_tracking
for each row when (new.delivery_status <> old.delivery_status) execute function app.show_delivery();

create or replace function public.update_template_usage()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from new_rows as message where message.metadata ? 'template_id') or not app.keeps_history() then
        return null;
    end if;
    update public.message_templates as template
    set usage_count = template.usage_count + used.times
    from (
        select message.tenant_id, app.uuid_or_null(message.metadata ->> 'template_id') as id, count(*) as times
        from new_rows as message
        where message.metadata ? 'template_id' and message.sender_type not in ('user', 'customer', 'visitor')
            and not message.is_internal
        group by 1, 2
    ) as used
    where template.tenant_id = used.tenant_id and template.id = used.id;
    return null;
end;
$$;
comment on function public.update_template_usage() is
    'Counts a template of the tenant when a message is sent that names it (metadata.template_id).';

-- By its name after count_inserted, which locks the conversation: see note_canned_response.
create or replace trigger note_template
after insert on public.messages
referencing new table as new_rows
for each statement execute function public.update_template_usage();

drop trigger if exists count_template on public.messages;

create or replace function app.keep_one_preferred_channel()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- Preferred already, it was the only one.
    if tg_op = 'UPDATE' and old.is_preferred and old.customer_id = new.customer_id then
        return null;
    end if;
    -- Two at once do not see each other's: the second waits, and then finds that of the first.
    perform pg_advisory_xact_lock(hashtextextended(new.customer_id::text, 21));
    update public.customer_channel_preferences as other
    set is_preferred = false
    where other.tenant_id = new.tenant_id and other.customer_id = new.customer_id and other.id <> new.id
        and other.is_preferred;
    return null;
end;
$$;
comment on function app.keep_one_preferred_channel() is 'A customer prefers one channel: the one that was said last.';

create or replace trigger keep_one_preferred_channel
after insert or update of is_preferred, customer_id on public.customer_channel_preferences
for each row when (new.is_preferred) execute function app.keep_one_preferred_channel();

create or replace function app.local_day(of_tenant uuid, at timestamptz)
returns date
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select (local_day.at at time zone tenant.timezone)::date
    from public.tenants as tenant
    where tenant.id = local_day.of_tenant
$$;
comment on function app.local_day(uuid, timestamptz) is 'The day of an instant where the tenant is.';

create or replace function app.begin_channel_day()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    new.last_reset_date := least(new.last_reset_date, app.local_day(new.tenant_id, now()));
    return new;
end;
$$;
comment on function app.begin_channel_day() is
    'A channel''s first day is the tenant''s, which may be a day behind the server''s.';

create or replace trigger begin_channel_day
before insert on public.communication_channels
for each row execute function app.begin_channel_day();

create or replace function public.reset_daily_message_limits()
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    channels integer;
begin
    update public.communication_channels as channel
    set messages_sent_today = 0, last_reset_date = (now() at time zone tenant.timezone)::date
    from public.tenants as tenant
    where tenant.id = channel.tenant_id and channel.last_reset_date < (now() at time zone tenant.timezone)::date;
    get diagnostics channels = row_count;
    return channels;
end;
$$;
comment on function public.reset_daily_message_limits() is
    'Begins a new day for every channel whose tenant has one; returns how many. Running it again changes nothing.';

create or replace function public.claim_channel_messages(of_channel uuid, messages integer default 1)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if messages is null or messages < 1 then
        raise exception '% messages cannot be claimed: ask for 1 or more', coalesce(messages::text, 'no number of')
            using errcode = 'invalid_parameter_value';
    end if;
    -- One statement: it waits for whoever claims at the same moment, and then sees what they left.
    update public.communication_channels as channel
    set
        messages_sent_today = claim_channel_messages.messages
            + case when channel.last_reset_date < app.local_day(channel.tenant_id, now()) then 0 else channel.messages_sent_today end,
        last_reset_date = greatest(channel.last_reset_date, app.local_day(channel.tenant_id, now()))
    where channel.id = of_channel and channel.status = 'active'
        and claim_channel_messages.messages
            + case when channel.last_reset_date < app.local_day(channel.tenant_id, now()) then 0 else channel.messages_sent_today end
            <= channel.message_limit_per_day;
    if not found and not exists (select from public.communication_channels as channel where channel.id = of_channel) then
        raise exception 'there is no channel %', of_channel using errcode = 'no_data_found';
    end if;
    return found;
end;
$$;
comment on function public.claim_channel_messages(uuid, integer) is
    'Takes so many messages from what a channel may still send today, where the tenant is; false, and nothing taken, where that is less, or the channel is not active. Asked before sending.';

revoke execute on function
    public.create_message_delivery_tracking(), app.join_delivery(), app.advance_delivery(), app.show_delivery(),
    public.update_template_usage(), app.keep_one_preferred_channel(), app.local_day(uuid, timestamptz),
    app.begin_channel_day(), public.reset_daily_message_limits(), public.claim_channel_messages(uuid, integer)
    from public, anon, authenticated;
grant execute on function
    app.local_day(uuid, timestamptz), public.reset_daily_message_limits(), public.claim_channel_messages(uuid, integer)
    to service_role;
