-- Agents at work: who is there, who gets which conversation and how many they have, what was promised to customers, and
-- which of the ready-made answers are used.

create or replace function app.record_presence()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'DELETE' then
        if old.is_online then
            insert into public.agent_availability_events (tenant_id, agent_id, is_online, status, occurred_at)
            select old.tenant_id, agent.id, false, 'offline', clock_timestamp()
            from public.profiles as agent
            where agent.tenant_id = old.tenant_id and agent.id = old.agent_id;
        end if;
    else
        insert into public.agent_availability_events (tenant_id, agent_id, is_online, status, occurred_at)
        values (new.tenant_id, new.agent_id, new.is_online, new.status, clock_timestamp());
    end if;
    return null;
end;
$$;
comment on function app.record_presence() is 'Notes each change of an agent''s presence, so that time online can be computed.';

create or replace trigger record_first_presence
after insert or delete on public.agent_availability
for each row execute function app.record_presence();

create or replace trigger record_presence
after update on public.agent_availability
for each row when ((new.is_online, new.status) is distinct from (old.is_online, old.status))
execute function app.record_presence();

create or replace function app.begin_chat_count()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    new.current_chat_count := (
        select count(*)
        from public.conversations as conversation
        where conversation.tenant_id = new.tenant_id and conversation.assigned_agent_id = new.agent_id
            and conversation.status not in ('resolved', 'closed', 'abandoned')
    );
    return new;
end;
$$;
comment on function app.begin_chat_count() is 'Counts what an agent has at hand already, whatever the row says.';

create or replace trigger begin_chat_count
before insert on public.agent_availability
for each row execute function app.begin_chat_count();

create or replace function app.give_availability()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if app.keeps_history() then
        insert into public.agent_availability (tenant_id, agent_id) values (new.tenant_id, new.id) on conflict do nothing;
    end if;
    return null;
end;
$$;
comment on function app.give_availability() is
    'Who becomes an agent has a row of availability, and is not online until they say so. Whoever signs up as a user, or an admin who answers nobody, has none.';

create or replace trigger give_availability
after insert on public.profiles
for each row when (new.role = 'agent' and new.is_active)
execute function app.give_availability();

create or replace trigger give_availability_later
after update of role, is_active on public.profiles
for each row when (new.role = 'agent' and new.is_active and (old.role, old.is_active) is distinct from (new.role, new.is_active))
execute function app.give_availability();

create or replace function app.add_to_chat_count(of_tenant uuid, agent uuid, conversations integer)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
    update public.agent_availability as availability
    set
        current_chat_count = greatest(availability.current_chat_count + conversations, 0),
        last_assigned_at = case when conversations > 0 then clock_timestamp() else availability.last_assigned_at end
    where availability.tenant_id = of_tenant and availability.agent_id = agent
$$;
comment on function app.add_to_chat_count(uuid, uuid, integer) is 'An agent has so many more, or fewer, open conversations.';

create or replace function public.update_agent_chat_count()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'UPDATE' then
        -- In the order of their keys, so that two who exchange conversations do not wait for each other.
        perform app.add_to_chat_count(new.tenant_id, hand.agent_id, hand.conversations)
        from (
            select side.agent_id, sum(side.conversations)::integer as conversations
            from (
                values
                    (old.assigned_agent_id, -1, old.status not in ('resolved', 'closed', 'abandoned')),
                    (new.assigned_agent_id, 1, new.status not in ('resolved', 'closed', 'abandoned'))
            ) as side (agent_id, conversations, is_open)
            where side.is_open and side.agent_id is not null
            group by side.agent_id
            having sum(side.conversations) <> 0
            order by side.agent_id
        ) as hand;
    else
        perform app.add_to_chat_count(hand.tenant_id, hand.assigned_agent_id, hand.conversations)
        from (
            select
                moved.tenant_id, moved.assigned_agent_id,
                (count(*) * case tg_op when 'INSERT' then 1 else -1 end)::integer as conversations
            from moved_rows as moved
            where moved.assigned_agent_id is not null and moved.status not in ('resolved', 'closed', 'abandoned')
            group by moved.tenant_id, moved.assigned_agent_id
            order by moved.tenant_id, moved.assigned_agent_id
        ) as hand;
    end if;
    return null;
end;
$$;
comment on function public.update_agent_chat_count() is
    'Keeps how many open conversations each agent has, by what changed: a message does not touch it.';

create or replace trigger count_inserted
after insert on public.conversations
referencing new table as moved_rows
for each statement execute function public.update_agent_chat_count();

create or replace trigger count_moved
after update on public.conversations
for each row
when ((new.status, new.assigned_agent_id) is distinct from (old.status, old.assigned_agent_id))
execute function public.update_agent_chat_count();

create or replace trigger count_deleted
after delete on public.conversations
referencing old table as moved_rows
for each statement execute function public.update_agent_chat_count();

create or replace function app.free_agent(of_tenant uuid, department text, wanted text[], strategy text)
returns uuid
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select availability.agent_id
    from public.agent_availability as availability
    inner join public.profiles as agent
        on agent.tenant_id = availability.tenant_id and agent.id = availability.agent_id
        and agent.is_active and agent.role in ('agent', 'admin')
    where availability.tenant_id = of_tenant and availability.is_online and availability.status = 'available'
        and availability.current_chat_count < availability.max_concurrent_chats
        and (availability.departments = '{}' or free_agent.department = any (availability.departments))
    order by
        case strategy when 'skill_based' then
            -(select count(*) from unnest(availability.skills) as skill where skill = any (wanted))
        end,
        case when strategy <> 'round_robin' then availability.current_chat_count::numeric / availability.max_concurrent_chats end,
        availability.last_assigned_at nulls first, availability.agent_id
    limit 1
$$;
comment on function app.free_agent(uuid, text, text[], text) is
    'The agent who is to take the next conversation of a department; null where nobody is there with room for one.';

create or replace function app.assign_conversation(of_tenant uuid, conversation uuid)
returns uuid
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    chosen uuid;
    said_before text;
    waiting public.conversations;
    strategy text := coalesce((
        select setting.setting_value #>> '{}'
        from public.system_settings as setting
        where setting.tenant_id = of_tenant and setting.setting_key = 'conversation_routing'
    ), 'least_loaded');
begin
    if strategy not in ('least_loaded', 'round_robin', 'skill_based') then
        return null;
    end if;
    -- One after the other in a tenant. Locks on the agents' rows instead have those who wait for one free place hold the rows of
    -- all whom they have found taken, and then wait for each other.
    perform pg_advisory_xact_lock(hashtextextended('assign conversations of ' || of_tenant, 0));
    select asked.* into waiting
    from public.conversations as asked
    where asked.tenant_id = of_tenant and asked.id = conversation and asked.assigned_agent_id is null
        and asked.status in ('queued', 'escalated')
    -- Whoever is at work on it may be about to take it, and may need what this transaction has: it is for the next round.
    for no key update skip locked;
    if not found then
        return null;
    end if;
    chosen := app.free_agent(of_tenant, waiting.department, waiting.tags || waiting.intent, strategy);
    if chosen is not null then
        said_before := app.swap_setting('app.automatic', 'on');
        update public.conversations as assigned
        set assigned_agent_id = chosen
        where assigned.tenant_id = of_tenant and assigned.id = conversation;
        perform app.swap_setting('app.automatic', said_before);
    end if;
    return chosen;
end;
$$;
comment on function app.assign_conversation(uuid, uuid) is
    'Gives a conversation that waits for people to an agent with room for it; returns whom, or null. The setting conversation_routing says by what: least_loaded, round_robin, skill_based; anything else is by nothing.';

create or replace function public.auto_assign_conversation()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if not app.keeps_history() then
        return null;
    elsif tg_op = 'INSERT' then
        -- One after the other, so that each sees what the one before it was given.
        perform app.assign_conversation(waiting.tenant_id, waiting.id)
        from new_rows as waiting
        where waiting.assigned_agent_id is null and waiting.status in ('queued', 'escalated');
    else
        perform app.assign_conversation(new.tenant_id, new.id);
    end if;
    return null;
end;
$$;
comment on function public.auto_assign_conversation() is
    'Looks for an agent as soon as a conversation waits for people. Those that nobody had room for are tried again by assign_waiting_conversations().';

-- After count_inserted and record_change, which triggers of one moment reach by their names.
create or replace trigger seek_agent
after insert on public.conversations
referencing new table as new_rows
for each statement execute function public.auto_assign_conversation();

create or replace trigger seek_agent_on_change
after update on public.conversations
for each row
when (
    new.assigned_agent_id is null and new.status in ('queued', 'escalated')
    and old.status not in ('queued', 'escalated')
)
execute function public.auto_assign_conversation();

create or replace function public.assign_waiting_conversations()
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    waiting record;
    assigned integer := 0;
begin
    for waiting in
        select conversation.tenant_id, conversation.id
        from public.conversations as conversation
        inner join public.tenants as tenant on tenant.id = conversation.tenant_id and tenant.status = 'active'
        where conversation.status in ('queued', 'escalated') and conversation.assigned_agent_id is null
            and exists (
                select from public.agent_availability as availability
                where availability.tenant_id = conversation.tenant_id and availability.is_online
                    and availability.status = 'available'
                    and availability.current_chat_count < availability.max_concurrent_chats
            )
        order by
            array_position(array['urgent', 'high', 'medium', 'normal', 'low'], conversation.priority),
            conversation.created_at, conversation.id
    loop
        assigned := assigned + (app.assign_conversation(waiting.tenant_id, waiting.id) is not null)::integer;
    end loop;
    return assigned;
end;
$$;
comment on function public.assign_waiting_conversations() is
    'Gives what waits to agents who have room by now: the most urgent first, then who has waited longest. Returns how many.';

create or replace function public.auto_update_agent_status()
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    agents integer;
begin
    update public.agent_availability as availability
    set status = 'away'
    where availability.id in (
        select idle.id
        from public.agent_availability as idle
        where idle.is_online and idle.status = 'available'
            and idle.last_activity < now() - make_interval(secs => idle.auto_away_time)
        -- Whose row somebody has is being given something.
        for no key update skip locked
    );
    get diagnostics agents = row_count;
    return agents;
end;
$$;
comment on function public.auto_update_agent_status() is
    'Those who have done nothing for longer than their auto_away_time are away; returns how many that were.';

create or replace function public.update_agent_activity()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- Not at every message: of an agent in the middle of work it is known within seconds, and each note of it leaves for the
    -- warehouse. Nor waiting for whoever has the row: an assignment, for example, may wait for this conversation.
    if app.keeps_history() then
        update public.agent_availability as availability
        set last_activity = now()
        where availability.id = (
            select writing.id
            from public.agent_availability as writing
            where writing.tenant_id = new.tenant_id and writing.agent_id = new.sender_id
                and writing.last_activity < now() - interval '15 seconds'
            for no key update skip locked
        );
    end if;
    return null;
end;
$$;
comment on function public.update_agent_activity() is 'An agent who writes is active.';

-- At the commit, when the transaction wants nothing else: what changes a conversation locks the conversation first and the agent
-- second, and whoever did it the other way round would wait for ever.
drop trigger if exists note_activity on public.messages;
create constraint trigger note_activity
after insert on public.messages deferrable initially deferred
for each row when (new.sender_type in ('agent', 'human') and new.sender_id is not null)
execute function public.update_agent_activity();

create or replace function public.update_canned_response_usage()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from new_rows as message where message.metadata ? 'canned_response_id') or not app.keeps_history() then
        return null;
    end if;
    update public.canned_responses as response
    set usage_count = response.usage_count + used.times
    from (
        select message.tenant_id, app.uuid_or_null(message.metadata ->> 'canned_response_id') as id, count(*) as times
        from new_rows as message
        where message.metadata ? 'canned_response_id' and message.sender_type in ('agent', 'human')
        group by 1, 2
    ) as used
    where response.tenant_id = used.tenant_id and response.id = used.id;
    return null;
end;
$$;
comment on function public.update_canned_response_usage() is
    'Counts a ready-made answer when an agent''s message names it (metadata.canned_response_id), not when somebody''s text happens to hold its shortcut.';

-- Per statement, because those come after the ones per row, and by its name after count_inserted: the conversation is locked
-- first. Not at the commit, where the trail's lock may be held already.
create or replace trigger note_canned_response
after insert on public.messages
referencing new table as new_rows
for each statement execute function public.update_canned_response_usage();

drop trigger if exists count_canned_response on public.messages;

create or replace function app.settle_transfer()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if app.keeps_history() then
        new.accepted_at := case when new.status = 'accepted' then coalesce(new.accepted_at, clock_timestamp()) end;
        new.rejected_at := case when new.status = 'rejected' then coalesce(new.rejected_at, clock_timestamp()) end;
    end if;
    return new;
end;
$$;
comment on function app.settle_transfer() is 'When a transfer was accepted or rejected, where the application says only that it was.';

create or replace trigger settle_transfer
before insert or update of status on public.conversation_transfers
for each row execute function app.settle_transfer();

create or replace function app.apply_transfer()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if app.keeps_history() then
        update public.conversations as conversation
        set assigned_agent_id = new.to_agent_id
        where conversation.tenant_id = new.tenant_id and conversation.id = new.conversation_id
            and conversation.assigned_agent_id is distinct from new.to_agent_id;
    end if;
    return null;
end;
$$;
comment on function app.apply_transfer() is 'Who accepts a transfer has the conversation.';

create or replace trigger apply_inserted
after insert on public.conversation_transfers
for each row when (new.status = 'accepted' and new.to_agent_id is not null)
execute function app.apply_transfer();

create or replace trigger apply_accepted
after update on public.conversation_transfers
for each row when (new.status = 'accepted' and old.status <> 'accepted' and new.to_agent_id is not null)
execute function app.apply_transfer();

revoke execute on function
    app.record_presence(), app.begin_chat_count(), app.give_availability(), app.add_to_chat_count(uuid, uuid, integer),
    public.update_agent_chat_count(), app.free_agent(uuid, text, text[], text),
    app.assign_conversation(uuid, uuid), public.auto_assign_conversation(), public.assign_waiting_conversations(),
    public.auto_update_agent_status(), public.update_agent_activity(), public.update_canned_response_usage(),
    app.settle_transfer(), app.apply_transfer()
    from public, anon, authenticated;
grant execute on function
    app.assign_conversation(uuid, uuid), public.assign_waiting_conversations(), public.auto_update_agent_status()
    to service_role;
