-- Legal holds: what is held cannot be deleted, whoever asks.

create or replace function app.hold_on_conversation(of_tenant uuid, conversation uuid, customer uuid, as_of timestamptz)
returns uuid
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select hold.id
    from public.legal_holds as hold
    where hold.tenant_id = of_tenant and hold.released_at is null and coalesce(hold.expires_at > as_of, true)
        and (
            hold.conversation_id = conversation or hold.customer_id = customer
            or hold.conversation_id is null and hold.customer_id is null
        )
    order by hold.created_at, hold.id
    limit 1
$$;
comment on function app.hold_on_conversation(uuid, uuid, uuid, timestamptz) is
    'The oldest hold in force at an instant that keeps a conversation of a customer: on it, on the customer, or on all of the tenant. Null where none does.';

create or replace function app.hold_on_customer(of_tenant uuid, customer uuid, as_of timestamptz)
returns uuid
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select hold.id
    from public.legal_holds as hold
    left join public.conversations as conversation
        on conversation.tenant_id = hold.tenant_id and conversation.id = hold.conversation_id
    where hold.tenant_id = of_tenant and hold.released_at is null and coalesce(hold.expires_at > as_of, true)
        -- Who wrote is part of what was written: the customer of a held conversation is held with it.
        and (
            hold.customer_id = customer or conversation.customer_id = customer
            or hold.conversation_id is null and hold.customer_id is null
        )
    order by hold.created_at, hold.id
    limit 1
$$;
comment on function app.hold_on_customer(uuid, uuid, timestamptz) is
    'The oldest hold in force at an instant that keeps a customer: on them, on a conversation of theirs, or on all of the tenant. Null where none does.';

create or replace function app.hold_on_rows(of_tenant uuid, of_table text, held uuid[])
returns uuid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
    hold uuid;
    part record;
    parents uuid[];
begin
    if of_table = 'conversations' then
        select app.hold_on_conversation(kept.tenant_id, kept.id, kept.customer_id, now()) into hold
        from public.conversations as kept
        where kept.tenant_id = of_tenant and kept.id = any(held)
            and app.hold_on_conversation(kept.tenant_id, kept.id, kept.customer_id, now()) is not null
        limit 1;
        return hold;
    elsif of_table = 'customer_profiles' then
        select app.hold_on_customer(of_tenant, person.id, now()) into hold
        from unnest(held) as person (id)
        where app.hold_on_customer(of_tenant, person.id, now()) is not null
        limit 1;
        return hold;
    end if;
    -- What goes with a row is a part of it.
    for part in
        select parent.relname::text as table_name, attribute.attname as column_name
        from pg_catalog.pg_constraint as key
        inner join pg_catalog.pg_class as parent on parent.oid = key.confrelid and parent.oid <> key.conrelid
        inner join pg_catalog.pg_attribute as attribute
            on attribute.attrelid = key.conrelid and attribute.attnum = any(key.conkey) and attribute.attname <> 'tenant_id'
        where key.contype = 'f' and key.confdeltype = 'c' and key.conrelid = format('public.%I', of_table)::regclass
        order by 1, 2
    loop
        execute format(
            'select array(select distinct %1$I from public.%2$I where tenant_id = $1 and id = any($2) and %1$I is not null)',
            part.column_name, of_table
        ) into parents using of_tenant, held;
        hold := case when cardinality(parents) > 0 then app.hold_on_rows(of_tenant, part.table_name, parents) end;
        exit when hold is not null;
    end loop;
    return hold;
end;
$$;
comment on function app.hold_on_rows(uuid, text, uuid[]) is
    'A hold in force on one of these rows of a table, or on the conversation or the customer that they are a part of. Null where there is none.';

create or replace function app.refuse_held()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    hold uuid := case tg_table_name
        when 'customer_profiles' then app.hold_on_customer(old.tenant_id, old.id, now())
        else app.hold_on_conversation(old.tenant_id, old.id, (to_jsonb(old) ->> 'customer_id')::uuid, now())
    end;
begin
    if hold is not null then
        raise exception '% % is under legal hold %', case tg_table_name when 'customer_profiles' then 'customer' else 'conversation' end,
            old.id, hold
            using errcode = 'restrict_violation', hint = 'whoever placed the hold releases it (legal_holds.released_at)';
    end if;
    return old;
end;
$$;
comment on function app.refuse_held() is 'Keeps a conversation or a customer under legal hold from being deleted.';

create or replace trigger refuse_held
before delete on public.conversations
for each row execute function app.refuse_held();

create or replace trigger refuse_held
before delete on public.customer_profiles
for each row execute function app.refuse_held();

create or replace function app.begin_hold()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- Locked: whoever deletes it at this moment is waited for, or waits and is refused.
    if new.conversation_id is not null then
        perform from public.conversations as conversation
        where conversation.tenant_id = new.tenant_id and conversation.id = new.conversation_id for key share;
    elsif new.customer_id is not null then
        perform from public.customer_profiles as customer
        where customer.tenant_id = new.tenant_id and customer.id = new.customer_id for key share;
    end if;
    if num_nonnulls(new.conversation_id, new.customer_id) > 0 and not found then
        raise exception 'the tenant has no % %', case when new.conversation_id is null then 'customer' else 'conversation' end,
            coalesce(new.conversation_id, new.customer_id)
            using errcode = 'foreign_key_violation';
    end if;
    return new;
end;
$$;
comment on function app.begin_hold() is
    'A hold begins with something that is there. No foreign key: once over, it stays when that goes.';

create or replace trigger begin_hold
before insert on public.legal_holds
for each row execute function app.begin_hold();

create or replace function app.keep_hold()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if (new.conversation_id, new.customer_id) is distinct from (old.conversation_id, old.customer_id)
        or old.released_at is not null and (new.released_at, new.expires_at) is distinct from (old.released_at, old.expires_at)
    then
        raise exception 'hold % stays what it is: place another one', old.id using errcode = 'object_not_in_prerequisite_state';
    end if;
    return new;
end;
$$;
comment on function app.keep_hold() is 'A hold keeps its subject, and one that was released is not in force again: the trail must tell the two apart.';

create or replace trigger keep_hold
before update on public.legal_holds
for each row execute function app.keep_hold();

alter table public.conversations enable always trigger refuse_held;
alter table public.customer_profiles enable always trigger refuse_held;

revoke execute on function
    app.hold_on_conversation(uuid, uuid, uuid, timestamptz), app.hold_on_customer(uuid, uuid, timestamptz),
    app.hold_on_rows(uuid, text, uuid[]), app.refuse_held(), app.begin_hold(), app.keep_hold()
    from public;
grant execute on function
    app.hold_on_conversation(uuid, uuid, uuid, timestamptz), app.hold_on_customer(uuid, uuid, timestamptz)
    to service_role;
