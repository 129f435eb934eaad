-- What customers were promised, and whether it was kept: sla_tracking, in elapsed time. Each promise has a beginning and an
-- end:
--   first_response  the customer's first public message     the first public answer after it, of whomever
--   resolution      the conversation's creation             its last end; reopened, the promise runs on
--   assignment      it waits for people, nobody's           somebody has it
--   handoff         it was escalated                        an agent's first public message after that
-- The targets are the settings sla_first_response_seconds, sla_resolution_seconds, sla_assignment_seconds and
-- sla_handoff_seconds. Business time, and what depends on late or deleted messages, is the warehouse's.

create or replace function app.sla_target(of_tenant uuid, sla_type text)
returns integer
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select greatest(
        app.setting_number(
            of_tenant, 'sla_' || sla_type || '_seconds',
            case sla_type when 'first_response' then 300 when 'resolution' then 3600 when 'assignment' then 60 else 120 end
        )::integer,
        1
    )
$$;
comment on function app.sla_target(uuid, text) is 'Seconds within which a tenant promises something.';

create or replace function app.promise(of_tenant uuid, conversation uuid, sla_type text, began_at timestamptz)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
    insert into public.sla_tracking as promised (tenant_id, conversation_id, sla_type, target_time_seconds, created_at)
    values (of_tenant, conversation, promise.sla_type, app.sla_target(of_tenant, promise.sla_type), began_at)
    on conflict (tenant_id, conversation_id, sla_type) do update set created_at = excluded.created_at
    -- A message that arrives late may be the first.
    where excluded.created_at < promised.created_at and promised.sla_type = 'first_response'
        and promised.completed_at is null
$$;
comment on function app.promise(uuid, uuid, text, timestamptz) is
    'Begins a promise; one that has begun stays, but for a first message that turns out to be an earlier one.';

create or replace function app.keep_promise(of_tenant uuid, conversation uuid, kept text, done_at timestamptz)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
    update public.sla_tracking as promised
    set
        completed_at = done_at,
        -- A client's clock can be wrong by more seconds than the column counts.
        actual_time_seconds = least(floor(extract(epoch from done_at - promised.created_at)), 2147483647),
        status = case
            when done_at <= promised.created_at + make_interval(secs => promised.target_time_seconds) then 'met'
            else 'breached'
        end
    where promised.tenant_id = of_tenant and promised.conversation_id = conversation and promised.sla_type = kept
        and promised.completed_at is null and done_at >= promised.created_at
$$;
comment on function app.keep_promise(uuid, uuid, text, timestamptz) is 'What was promised has been done: in time, or too late.';

create or replace function public.create_sla_tracking()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if not app.keeps_history() then
        return null;
    end if;
    perform app.promise(begun.tenant_id, begun.id, 'resolution', begun.created_at) from new_rows as begun;
    perform app.keep_promise(begun.tenant_id, begun.id, 'resolution', begun.resolved_at)
    from new_rows as begun
    where begun.resolved_at is not null;
    perform app.promise(begun.tenant_id, begun.id, 'assignment', begun.created_at)
    from new_rows as begun
    where begun.assigned_agent_id is null and begun.status in ('queued', 'escalated');
    perform app.promise(begun.tenant_id, begun.id, 'handoff', begun.created_at)
    from new_rows as begun
    where begun.status = 'escalated';
    return null;
end;
$$;
comment on function public.create_sla_tracking() is 'Promises a resolution, and whatever else a new conversation waits for.';

create or replace trigger promise_inserted
after insert on public.conversations
referencing new table as new_rows
for each statement execute function public.create_sla_tracking();

create or replace function public.update_sla_tracking()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    moment timestamptz := app.event_time(new.tenant_id, new.id, new.created_at);
begin
    if not app.keeps_history() then
        return null;
    end if;
    if new.resolved_at is not null and old.resolved_at is null then
        perform app.keep_promise(new.tenant_id, new.id, 'resolution', new.resolved_at);
    elsif new.resolved_at is null and old.resolved_at is not null then
        update public.sla_tracking as promised
        set status = 'pending', completed_at = null, actual_time_seconds = null
        where promised.tenant_id = new.tenant_id and promised.conversation_id = new.id and promised.sla_type = 'resolution';
    end if;
    if new.status = 'escalated' and old.status <> 'escalated' then
        perform app.promise(new.tenant_id, new.id, 'handoff', moment);
    end if;
    if new.assigned_agent_id is not null and old.assigned_agent_id is null then
        perform app.keep_promise(new.tenant_id, new.id, 'assignment', moment);
    elsif new.assigned_agent_id is null and new.status in ('queued', 'escalated') then
        perform app.promise(new.tenant_id, new.id, 'assignment', moment);
    end if;
    return null;
end;
$$;
comment on function public.update_sla_tracking() is 'Keeps and makes promises as a conversation changes its status or its agent.';

-- Before seek_agent_on_change, which triggers of one row reach by their names: who is found at once keeps the promise.
create or replace trigger promise_changed
after update on public.conversations
for each row
when (
    (new.status, new.assigned_agent_id, new.resolved_at) is distinct from (old.status, old.assigned_agent_id, old.resolved_at)
)
execute function public.update_sla_tracking();

create or replace function app.promise_answers()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
-- Plans stay for the session: see update_conversation_message_count.
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
as $$
declare
    said record;
begin
    if not app.keeps_history() then
        return null;
    end if;
    for said in
        select message.tenant_id, message.conversation_id, message.sender_type, message.created_at, kept.asked_at
        from new_rows as message
        left join lateral (
            select min(promised.created_at) as asked_at
            from public.sla_tracking as promised
            where promised.tenant_id = message.tenant_id and promised.conversation_id = message.conversation_id
                and promised.sla_type = 'first_response'
        ) as kept on true
        where not message.is_internal and message.sender_type <> 'system'
            -- Nothing is to be done for most messages of customers: the promise has begun.
            and (
                message.sender_type not in ('user', 'customer', 'visitor')
                or kept.asked_at is null or message.created_at < kept.asked_at
            )
        order by message.created_at, message.ordinal
    loop
        if said.sender_type in ('user', 'customer', 'visitor') then
            perform app.promise(said.tenant_id, said.conversation_id, 'first_response', said.created_at);
        else
            perform app.keep_promise(said.tenant_id, said.conversation_id, 'first_response', said.created_at);
            if said.sender_type in ('agent', 'human') then
                perform app.keep_promise(said.tenant_id, said.conversation_id, 'handoff', said.created_at);
            end if;
        end if;
    end loop;
    return null;
end;
$$;
comment on function app.promise_answers() is 'A customer who writes first is promised an answer, and whoever answers keeps the promise.';

create or replace trigger promise_inserted
after insert on public.messages
referencing new table as new_rows
for each statement execute function app.promise_answers();

create or replace function public.mark_breached_slas()
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    breached integer;
begin
    update public.sla_tracking as promised
    set status = 'breached'
    where promised.status = 'pending'
        and promised.created_at + make_interval(secs => promised.target_time_seconds) < now();
    get diagnostics breached = row_count;
    return breached;
end;
$$;
comment on function public.mark_breached_slas() is
    'A promise whose time is over is broken, whether or not anybody still does it; returns how many were.';

revoke execute on function
    app.sla_target(uuid, text), app.promise(uuid, uuid, text, timestamptz), app.keep_promise(uuid, uuid, text, timestamptz),
    public.create_sla_tracking(), public.update_sla_tracking(), app.promise_answers(), public.mark_breached_slas()
    from public, anon, authenticated;
grant execute on function public.mark_breached_slas() to service_role;
