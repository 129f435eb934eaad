-- What keeps a conversation's history, its resolution and its counters, without the application's help.

create or replace function app.keeps_history()
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(current_setting('app.import', true), '') <> 'on' then
        return true;
    end if;
    return not (
        -- Not current_user: within a trigger that runs with its owner's rights, that is the owner.
        select pg_has_role(
            case current_setting('role') when 'none' then session_user else current_setting('role') end,
            conversations.relowner, 'member'
        )
        from pg_class as conversations
        where conversations.oid = 'public.conversations'::regclass
    );
end;
$$;
comment on function app.keeps_history() is
    'False while the tables'' owner imports conversations together with their history (setting app.import); the application cannot switch it off.';

create or replace function app.event_time(of_tenant uuid, of_conversation uuid, not_before timestamptz)
returns timestamptz
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    -- A transaction that began earlier may come second to this conversation; its now() would turn the history round.
    select greatest(
        now(), not_before,
        (
            select max(event.occurred_at)
            from public.conversation_events as event
            where event.tenant_id = of_tenant and event.conversation_id = of_conversation
        )
    )
$$;
comment on function app.event_time(uuid, uuid, timestamptz) is
    'When what happens to a conversation now is said to happen: never before what has happened to it already.';

create or replace function app.keep_conversation_resolution()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    is_ended boolean := new.status in ('resolved', 'closed', 'abandoned');
begin
    if not app.keeps_history() or is_ended = (old.status in ('resolved', 'closed', 'abandoned')) then
        return new;
    end if;
    new.resolved_at := case
        when is_ended and tg_op = 'INSERT' then new.created_at
        when is_ended then app.event_time(new.tenant_id, new.id, new.created_at)
    end;
    -- Of a null and a number, least() gives the number.
    new.resolution_time_seconds := case
        when new.resolved_at is not null
        then least(floor(extract(epoch from new.resolved_at - new.created_at)), 2147483647)
    end;
    return new;
end;
$$;
comment on function app.keep_conversation_resolution() is
    'resolved_at: when the status last became an ended one from one that was not; null while open.';

create or replace trigger keep_resolution
before insert or update of status on public.conversations
for each row execute function app.keep_conversation_resolution();

create or replace function app.record_conversation_events()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    caller uuid := app.user_id();
begin
    if not app.keeps_history() then
        return null;
    end if;
    insert into public.conversation_events (
        tenant_id, conversation_id, event_type, from_status, to_status, from_agent_id, to_agent_id, score,
        actor_id, is_automatic, occurred_at
    )
    select
        new.tenant_id, new.id, change.event_type,
        case change.event_type when 'status' then old.status end,
        case change.event_type when 'status' then new.status end,
        case change.event_type when 'assignment' then unassigned.id end,
        case change.event_type when 'assignment' then new.assigned_agent_id end,
        case change.event_type when 'rating' then new.satisfaction_score end,
        actor.id,
        coalesce(current_setting('app.automatic', true), '') = 'on',
        case tg_op
            when 'INSERT' then new.created_at
            else app.event_time(new.tenant_id, new.id, new.created_at)
        end
    from (
        values
            (1, 'status', new.status is distinct from old.status),
            (2, 'assignment', new.assigned_agent_id is distinct from old.assigned_agent_id),
            (3, 'rating', new.satisfaction_score is not null
                and new.satisfaction_score is distinct from old.satisfaction_score)
    ) as change (place, event_type, happened)
    left join public.profiles as actor on actor.tenant_id = new.tenant_id and actor.id = caller
    -- The row of the agent is gone already where its deletion is what unassigns.
    left join public.profiles as unassigned
        on unassigned.tenant_id = new.tenant_id and unassigned.id = old.assigned_agent_id
    where change.happened
    order by change.place;
    return null;
end;
$$;
comment on function app.record_conversation_events() is
    'Writes the event of creation, and one for each change of status, of assignee, and for each rating.';

create or replace trigger record_creation
after insert on public.conversations
for each row execute function app.record_conversation_events();

-- Per row, because every message updates its conversation's counters: a condition on the row costs those updates nothing.
create or replace trigger record_change
after update on public.conversations
for each row
when (
    (new.status, new.assigned_agent_id, new.satisfaction_score)
    is distinct from (old.status, old.assigned_agent_id, old.satisfaction_score)
)
execute function app.record_conversation_events();

create or replace function app.find_last_message(of_tenant uuid, of_conversation uuid)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
    update public.conversations as conversation
    set last_message = left(message.content, 300), last_message_at = message.created_at
    from (values (of_tenant, of_conversation)) as wanted (tenant_id, conversation_id)
    left join lateral (
        select last.content, last.created_at
        from public.messages as last
        where last.tenant_id = wanted.tenant_id and last.conversation_id = wanted.conversation_id
            and not last.is_internal
        order by last.created_at desc, last.ordinal desc, last.id desc
        limit 1
    ) as message on true
    where conversation.tenant_id = wanted.tenant_id and conversation.id = wanted.conversation_id
        and (conversation.last_message, conversation.last_message_at)
        is distinct from (left(message.content, 300), message.created_at)
$$;
comment on function app.find_last_message(uuid, uuid) is
    'Finds a conversation''s last public message by the index, after the one that was last went or changed.';

create or replace function public.update_conversation_message_count()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
-- Plans stay for the session: the one made for a bulk load would read all conversations for each message that follows.
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
as $$
declare
    heard uuid[];
    heard_at timestamptz[];
begin
    if tg_op = 'INSERT' then
        with spoken as (
            update public.conversations as conversation
            set
                message_count = conversation.message_count + arrived.messages,
                last_message = case
                    when arrived.last_at >= coalesce(conversation.last_message_at, '-infinity') then arrived.last_content
                    else conversation.last_message
                end,
                last_message_at = greatest(conversation.last_message_at, arrived.last_at)
            from (
                select
                    message.tenant_id, message.conversation_id, count(*) as messages, max(message.created_at) as last_at,
                    (array_agg(left(message.content, 300) order by message.created_at desc, message.ordinal desc, message.id desc))[1]
                        as last_content
                from new_rows as message
                where not message.is_internal
                group by message.tenant_id, message.conversation_id
            ) as arrived
            where conversation.tenant_id = arrived.tenant_id and conversation.id = arrived.conversation_id
            returning conversation.tenant_id, conversation.customer_id, conversation.last_message_at
        )
        -- Not at every message.
        select array_agg(customer.id), array_agg(spoken.last_message_at)
        into heard, heard_at
        from spoken
        inner join public.customer_profiles as customer
            on customer.tenant_id = spoken.tenant_id and customer.id = spoken.customer_id
        where spoken.last_message_at >= coalesce(customer.last_interaction, '-infinity') + interval '5 minutes';
        if heard is not null then
            update public.customer_profiles as customer
            set last_interaction = lately.last_at
            from (
                select known.id, spoken.last_at
                from (
                    select said.id, max(said.at) as last_at from unnest(heard, heard_at) as said (id, at) group by said.id
                ) as spoken
                inner join public.customer_profiles as known on known.id = spoken.id
                -- Not waiting for whoever has the customer's row: that may wait for this conversation.
                for no key update of known skip locked
            ) as lately
            where customer.id = lately.id;
        end if;
    elsif tg_op = 'DELETE' then
        update public.conversations as conversation
        set message_count = conversation.message_count - gone.messages
        from (
            select message.tenant_id, message.conversation_id, count(*) as messages
            from old_rows as message
            where not message.is_internal
            group by message.tenant_id, message.conversation_id
        ) as gone
        where conversation.tenant_id = gone.tenant_id and conversation.id = gone.conversation_id;

        perform app.find_last_message(conversation.tenant_id, conversation.id)
        from (
            select message.tenant_id, message.conversation_id, max(message.created_at) as last_at
            from old_rows as message
            where not message.is_internal
            group by message.tenant_id, message.conversation_id
        ) as gone
        inner join public.conversations as conversation
            on conversation.tenant_id = gone.tenant_id and conversation.id = gone.conversation_id
        where gone.last_at >= conversation.last_message_at;
    elsif tg_op = 'TRUNCATE' then
        update public.conversations as conversation
        set message_count = 0, last_message = null, last_message_at = null
        where conversation.message_count > 0;
    else
        -- A message that was edited, moved, hidden or shown counts as one that went and one that came.
        update public.conversations as conversation
        set message_count = conversation.message_count + moved.messages
        from (
            select message.tenant_id, message.conversation_id, sum(message.direction) as messages
            from (
                select before.tenant_id, before.conversation_id, -1 as direction
                from old_rows as before
                where not before.is_internal
                union all
                select after.tenant_id, after.conversation_id, 1
                from new_rows as after
                where not after.is_internal
            ) as message
            group by message.tenant_id, message.conversation_id
            having sum(message.direction) <> 0
        ) as moved
        where conversation.tenant_id = moved.tenant_id and conversation.id = moved.conversation_id;

        perform app.find_last_message(touched.tenant_id, touched.conversation_id)
        from (
            select distinct message.tenant_id, message.conversation_id
            from (
                (
                    select before.tenant_id, before.conversation_id, before.id, before.created_at, before.ordinal, before.content
                    from old_rows as before
                    where not before.is_internal
                    except all
                    select after.tenant_id, after.conversation_id, after.id, after.created_at, after.ordinal, after.content
                    from new_rows as after
                    where not after.is_internal
                )
                union all
                (
                    select after.tenant_id, after.conversation_id, after.id, after.created_at, after.ordinal, after.content
                    from new_rows as after
                    where not after.is_internal
                    except all
                    select before.tenant_id, before.conversation_id, before.id, before.created_at, before.ordinal, before.content
                    from old_rows as before
                    where not before.is_internal
                )
            ) as message
        ) as touched;
    end if;
    return null;
end;
$$;
comment on function public.update_conversation_message_count() is
    'Keeps message_count, last_message (its first 300 characters) and last_message_at of the public messages, at a cost that does not grow with the conversation; and the customer''s last_interaction, which is up to five minutes behind.';

create or replace trigger count_inserted
after insert on public.messages
referencing new table as new_rows
for each statement execute function public.update_conversation_message_count();

create or replace trigger count_updated
after update on public.messages
referencing old table as old_rows new table as new_rows
for each statement execute function public.update_conversation_message_count();

create or replace trigger count_deleted
after delete on public.messages
referencing old table as old_rows
for each statement execute function public.update_conversation_message_count();

create or replace trigger count_truncated
after truncate on public.messages
for each statement execute function public.update_conversation_message_count();

create or replace function public.auto_close_inactive_conversations()
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    said_before constant text := app.swap_setting('app.automatic', 'on');
begin
    update public.conversations as conversation
    set status = 'closed'
    where conversation.id in (
        select silent.id
        from public.tenants as tenant
        inner join public.conversations as silent on silent.tenant_id = tenant.id
        left join public.system_settings as setting
            on setting.tenant_id = tenant.id and setting.setting_key = 'conversation_auto_close_time'
        -- Whoever is queued or escalated was promised an answer; silence does not end that.
        where silent.status in ('active', 'open', 'assigned', 'human_handled', 'pending')
            and coalesce(silent.last_message_at, silent.created_at) < now() - make_interval(
                secs => case
                    when setting.setting_value #>> '{}' ~ '^[0-9]{1,9}(\.[0-9]+)?$'
                        then (setting.setting_value #>> '{}')::double precision
                    else 86400
                end
            )
        -- Where somebody is at work it is not silent.
        for no key update of silent skip locked
    );
    perform app.swap_setting('app.automatic', said_before);
end;
$$;
comment on function public.auto_close_inactive_conversations() is
    'Closes conversations that have been silent for longer than the tenant''s conversation_auto_close_time (seconds; 86400 where it says none), as an automatic event.';

revoke execute on function
    public.update_conversation_message_count(), public.auto_close_inactive_conversations(),
    app.keeps_history(), app.event_time(uuid, uuid, timestamptz), app.keep_conversation_resolution(),
    app.record_conversation_events(), app.find_last_message(uuid, uuid)
    from public, anon, authenticated;
grant execute on function public.auto_close_inactive_conversations() to service_role;
