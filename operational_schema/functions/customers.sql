-- What the row of a customer knows of their conversations: how many, how they were rated, and when was the last. The counting
-- takes the customer's row after the conversation's and the agent's, and in the order of keys; a message waits for nobody.

create or replace function app.latest_consent(of_tenant uuid, of_customer uuid, of_purpose text)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select decision.granted
    from public.customer_consents as decision
    where decision.tenant_id = of_tenant and decision.customer_id = of_customer and decision.purpose = of_purpose
    order by decision.decided_at desc
    limit 1
$$;
comment on function app.latest_consent(uuid, uuid, text) is
    'What a customer last said about a purpose: yes, no, or null where they were never asked.';

create or replace function app.measure_customers(of_tenant uuid, customers uuid[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    -- Locked by a statement of its own: what somebody else did until then is seen by the next one only.
    perform from public.customer_profiles as customer
    where customer.tenant_id = of_tenant and customer.id = any(customers)
    order by customer.id
    for no key update;
    update public.customer_profiles as customer
    set
        total_conversations = said.conversations, avg_satisfaction = said.satisfaction,
        last_interaction = said.last_at
    from (
        select
            asked.id, count(conversation.id)::integer as conversations,
            case when app.latest_consent(of_tenant, asked.id, 'analytics') is not false
                then avg(conversation.satisfaction_score)::numeric(7, 6)
            end as satisfaction,
            max(greatest(conversation.created_at, conversation.last_message_at)) as last_at
        from (select distinct id from unnest(customers) as id) as asked
        left join public.conversations as conversation
            on conversation.tenant_id = of_tenant and conversation.customer_id = asked.id
        group by asked.id
    ) as said
    where customer.tenant_id = of_tenant and customer.id = said.id
        and (customer.total_conversations, customer.avg_satisfaction, customer.last_interaction)
        is distinct from (said.conversations, said.satisfaction, said.last_at);
end;
$$;
comment on function app.measure_customers(uuid, uuid[]) is
    'Computes the figures of customers anew from their conversations, found by the index, and keeps what is different.';

create or replace function public.update_customer_stats()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'UPDATE' then
        perform app.measure_customers(new.tenant_id, array[old.customer_id, new.customer_id]);
    elsif tg_op = 'DELETE' then
        perform app.measure_customers(gone.tenant_id, array_agg(distinct gone.customer_id))
        from old_rows as gone
        where gone.customer_id is not null
        group by gone.tenant_id
        order by gone.tenant_id;
    else
        -- Nothing has to be looked up for new ones, but for ratings.
        perform from public.customer_profiles as customer
        where (customer.tenant_id, customer.id) in (select come.tenant_id, come.customer_id from new_rows as come)
        order by customer.tenant_id, customer.id
        for no key update;
        update public.customer_profiles as customer
        set
            total_conversations = customer.total_conversations + begun.conversations,
            last_interaction = greatest(customer.last_interaction, begun.last_at)
        from (
            select
                come.tenant_id, come.customer_id, count(*) as conversations,
                max(greatest(come.created_at, come.last_message_at)) as last_at
            from new_rows as come
            group by come.tenant_id, come.customer_id
        ) as begun
        where customer.tenant_id = begun.tenant_id and customer.id = begun.customer_id;
        perform app.measure_customers(come.tenant_id, array_agg(distinct come.customer_id))
        from new_rows as come
        where come.satisfaction_score is not null and come.customer_id is not null
        group by come.tenant_id
        order by come.tenant_id;
    end if;
    return null;
end;
$$;
comment on function public.update_customer_stats() is
    'Keeps total_conversations, avg_satisfaction (of the conversations that were rated; of nobody who has said no to analytics) and last_interaction (the last public message or, where there is none, the beginning) of customers; messages move only the last, by update_conversation_message_count.';

-- After whatever locks an agent's row, which triggers of one moment reach by their names.
create or replace trigger tell_customer_inserted
after insert on public.conversations
referencing new table as new_rows
for each statement execute function public.update_customer_stats();

create or replace trigger tell_customer_deleted
after delete on public.conversations
referencing old table as old_rows
for each statement execute function public.update_customer_stats();

-- Per row, because every message updates its conversation: a condition on the row costs those updates nothing.
create or replace trigger tell_customer_changed
after update on public.conversations
for each row
when (
    (new.customer_id, new.satisfaction_score, new.created_at)
    is distinct from (old.customer_id, old.satisfaction_score, old.created_at)
    -- By messages that went or changed: a new one counts.
    or new.last_message_at is distinct from old.last_message_at and new.message_count <= old.message_count
)
execute function public.update_customer_stats();

create or replace function app.obey_consent()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform app.measure_customers(coalesce(new.tenant_id, old.tenant_id), array[old.customer_id, new.customer_id]);
    return null;
end;
$$;
comment on function app.obey_consent() is
    'Takes avg_satisfaction from whoever says no to analytics, and gives it back to whoever says yes again.';

create or replace trigger obey_consent
after insert or update or delete on public.customer_consents
for each row execute function app.obey_consent();

revoke execute on function
    app.latest_consent(uuid, uuid, text), app.measure_customers(uuid, uuid[]), public.update_customer_stats(), app.obey_consent()
    from public, anon, authenticated;
grant execute on function app.latest_consent(uuid, uuid, text) to service_role;
