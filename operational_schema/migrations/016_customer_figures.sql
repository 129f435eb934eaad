-- What is kept of customers' conversations from now on, computed for those that are there.

comment on column public.customer_profiles.total_conversations is 'Conversations that are there, kept by triggers.';
comment on column public.customer_profiles.avg_satisfaction is
    'Mean of the ratings of their conversations, kept by triggers; null where none was rated.';
comment on column public.customer_profiles.last_interaction is
    'The last public message, or the beginning of a conversation without any; up to five minutes behind while somebody writes. Kept by triggers; null where there is none.';

revoke insert, update on public.customer_profiles from authenticated;
grant
    insert (
        id, tenant_id, external_id, email, name, phone, company, location, timezone, language, tags, custom_fields,
        notes, status, created_at, updated_at
    ),
    update (
        id, tenant_id, external_id, email, name, phone, company, location, timezone, language, tags, custom_fields,
        notes, status, updated_at
    ) on public.customer_profiles to authenticated;

-- Counting is no change of the customer's: retention counts from updated_at, too.
do $$
begin
    if exists (
        select from pg_trigger where tgrelid = 'public.customer_profiles'::regclass and tgname = 'keep_updated_at'
    ) then
        alter table public.customer_profiles disable trigger keep_updated_at;
    end if;
end;
$$;

update public.customer_profiles as customer
set
    total_conversations = coalesce(said.conversations, 0), avg_satisfaction = said.satisfaction,
    last_interaction = said.last_at
from public.customer_profiles as asked
left join (
    select
        conversation.tenant_id, conversation.customer_id, count(*)::integer as conversations,
        avg(conversation.satisfaction_score)::numeric(7, 6) as satisfaction,
        max(greatest(conversation.created_at, conversation.last_message_at)) as last_at
    from public.conversations as conversation
    group by conversation.tenant_id, conversation.customer_id
) as said on said.tenant_id = asked.tenant_id and said.customer_id = asked.id
where customer.id = asked.id
    and (customer.total_conversations, customer.avg_satisfaction, customer.last_interaction)
    is distinct from (coalesce(said.conversations, 0), said.satisfaction, said.last_at);

do $$
begin
    if exists (
        select from pg_trigger where tgrelid = 'public.customer_profiles'::regclass and tgname = 'keep_updated_at'
    ) then
        alter table public.customer_profiles enable trigger keep_updated_at;
    end if;
end;
$$;
