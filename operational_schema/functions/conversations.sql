-- What keeps a conversation's history, its resolution and its counters, without the application's help.

create or replace function app.keeps_history()
returns boolean
language sql
stable
set search_path = ''
as $$
    select not (
        coalesce(current_setting('app.import', true), '') = 'on'
        and coalesce(current_setting('role', true), 'none') not in ('anon', 'authenticated')
        and pg_catalog.pg_has_role(session_user, owned.relowner, 'member')
    )
    from pg_catalog.pg_class as owned
    where owned.oid = 'public.conversations'::regclass
$$;
comment on function app.keeps_history() is
    'False while the owner imports conversations together with their history; the application cannot switch it off.';

create or replace function app.keep_conversation_resolution()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
    was_ended boolean := tg_op = 'UPDATE' and old.status in ('resolved', 'closed', 'abandoned');
    is_ended boolean := new.status in ('resolved', 'closed', 'abandoned');
begin
    if not app.keeps_history() then
        return new;
    end if;
    if is_ended and not was_ended then
        new.resolved_at := greatest(now(), new.created_at);
        new.resolution_time_seconds := floor(extract(epoch from new.resolved_at - new.created_at));
    elsif not is_ended then
        new.resolved_at := null;
        new.resolution_time_seconds := null;
    end if;
    return new;
end;
$$;
comment on function app.keep_conversation_resolution() is
    'resolved_at: when the status last became resolved or closed from one that was neither; null while open.';

create or replace trigger keep_resolution
before insert or update of status on public.conversations
for each row execute function app.keep_conversation_resolution();

create or replace function app.record_conversation_events()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    automatic boolean := coalesce(current_setting('app.automatic', true), '') = 'on';
    caller uuid;
begin
    if not app.keeps_history() then
        return null;
    end if;
    select person.id into caller from public.profiles as person where person.id = auth.uid();
    if tg_op = 'INSERT' then
        insert into public.conversation_events (
            tenant_id, conversation_id, event_type, to_status, actor_id, is_automatic, occurred_at
        )
        select made.tenant_id, made.id, 'status', made.status, actor.id, automatic, made.created_at
        from new_rows as made
        left join public.profiles as actor on actor.tenant_id = made.tenant_id and actor.id = caller;

        insert into public.conversation_events (
            tenant_id, conversation_id, event_type, to_agent_id, actor_id, is_automatic, occurred_at
        )
        select made.tenant_id, made.id, 'assignment', made.assigned_agent_id, actor.id, automatic, made.created_at
        from new_rows as made
        left join public.profiles as actor on actor.tenant_id = made.tenant_id and actor.id = caller
        where made.assigned_agent_id is not null;

        insert into public.conversation_events (
            tenant_id, conversation_id, event_type, score, actor_id, is_automatic, occurred_at
        )
        select made.tenant_id, made.id, 'rating', made.satisfaction_score, actor.id, automatic, made.created_at
        from new_rows as made
        left join public.profiles as actor on actor.tenant_id = made.tenant_id and actor.id = caller
        where made.satisfaction_score is not null;
        return null;
    end if;

    insert into public.conversation_events (
        tenant_id, conversation_id, event_type, from_status, to_status, from_agent_id, to_agent_id, score,
        actor_id, is_automatic, occurred_at
    )
    select
        after.tenant_id, after.id, change.event_type,
        case change.event_type when 'status' then before.status end,
        case change.event_type when 'status' then after.status end,
        case change.event_type when 'assignment' then before.assigned_agent_id end,
        case change.event_type when 'assignment' then after.assigned_agent_id end,
        case change.event_type when 'rating' then after.satisfaction_score end,
        actor.id, automatic, greatest(now(), after.created_at)
    from new_rows as after
    inner join old_rows as before on before.id = after.id
    cross join lateral (
        values
            (1, 'assignment', after.assigned_agent_id is distinct from before.assigned_agent_id),
            (2, 'status', after.status <> before.status),
            (3, 'rating', after.satisfaction_score is distinct from before.satisfaction_score
                and after.satisfaction_score is not null)
    ) as change (place, event_type, happened)
    left join public.profiles as actor on actor.tenant_id = after.tenant_id and actor.id = caller
    where change.happened
        -- The agent's row is gone when a deletion unassigns: the event says so with its target alone.
        and (before.assigned_agent_id is null or change.event_type <> 'assignment' or exists (
            select 1 from public.profiles as agent
            where agent.tenant_id = after.tenant_id and agent.id = before.assigned_agent_id
        ))
    order by change.place;
    return null;
end;
$$;
comment on function app.record_conversation_events() is
    'Writes the event of creation, and one for each change of status, of assignee, and for each rating.';

create or replace trigger record_events_of_insert
after insert on public.conversations
referencing new table as new_rows
for each statement execute function app.record_conversation_events();

create or replace trigger record_events_of_update
after update on public.conversations
referencing old table as old_rows new table as new_rows
for each statement execute function app.record_conversation_events();

create or replace function public.update_conversation_message_count()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if tg_op = 'INSERT' then
        update public.conversations as conversation
        set
            message_count = conversation.message_count + arrived.messages,
            last_message = case
                when conversation.last_message_at is null or arrived.last_at >= conversation.last_message_at
                    then arrived.last_content
                else conversation.last_message
            end,
            last_message_at = greatest(conversation.last_message_at, arrived.last_at)
        from (
            select
                message.tenant_id, message.conversation_id, count(*) as messages, max(message.created_at) as last_at,
                (array_agg(message.content order by message.created_at desc, message.ordinal desc, message.id))[1]
                    as last_content
            from new_rows as message
            where not message.is_internal
            group by message.tenant_id, message.conversation_id
        ) as arrived
        where conversation.tenant_id = arrived.tenant_id and conversation.id = arrived.conversation_id;
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
        from public.conversations as conversation
        where exists (
            select 1 from old_rows as message
            where message.tenant_id = conversation.tenant_id and message.conversation_id = conversation.id
                and message.created_at >= conversation.last_message_at and not message.is_internal
        );
    else
        perform app.recount_messages(touched.tenant_id, touched.conversation_id)
        from (
            select before.tenant_id, before.conversation_id
            from old_rows as before
            inner join new_rows as after on after.id = before.id
            where (before.conversation_id, before.created_at, before.is_internal, before.content)
                is distinct from (after.conversation_id, after.created_at, after.is_internal, after.content)
            union
            select after.tenant_id, after.conversation_id
            from old_rows as before
            inner join new_rows as after on after.id = before.id
            where before.conversation_id <> after.conversation_id
        ) as touched;
    end if;
    return null;
end;
$$;
comment on function public.update_conversation_message_count() is
    'Keeps message_count, last_message and last_message_at (public messages) at a cost that does not grow with the conversation.';

create or replace function app.find_last_message(of_tenant uuid, of_conversation uuid)
returns void
language sql
set search_path = ''
as $$
    update public.conversations as conversation
    set (last_message, last_message_at) = (
        select message.content, message.created_at
        from public.messages as message
        where message.tenant_id = of_tenant and message.conversation_id = of_conversation and not message.is_internal
        order by message.created_at desc, message.ordinal desc, message.id
        limit 1
    )
    where conversation.tenant_id = of_tenant and conversation.id = of_conversation
$$;
comment on function app.find_last_message(uuid, uuid) is 'Finds a conversation''s last public message again, after one was deleted.';

create or replace function app.recount_messages(of_tenant uuid, of_conversation uuid)
returns void
language sql
set search_path = ''
as $$
    update public.conversations as conversation
    set message_count = (
        select count(*)
        from public.messages as message
        where message.tenant_id = of_tenant and message.conversation_id = of_conversation and not message.is_internal
    )
    where conversation.tenant_id = of_tenant and conversation.id = of_conversation;
    select app.find_last_message(of_tenant, of_conversation)
$$;
comment on function app.recount_messages(uuid, uuid) is 'Counts anew, after messages were edited or moved: rare, and worth the reading.';

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

revoke execute on all functions in schema app from public;
grant execute on function app.keeps_history() to authenticated, service_role;
