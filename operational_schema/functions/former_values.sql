-- What a customer was called before is kept as long as the customer: messages go on saying it. So is what only a conversation knew.

create or replace function app.keep_former_values()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into app.former_values (tenant_id, customer_id, kind, value)
    select new.tenant_id, new.id, told.kind, told.value
    from (
        values
        ('name', old.name, new.name), ('email', old.email, new.email), ('phone', old.phone, new.phone),
        ('external_id', old.external_id, new.external_id)
    ) as told (kind, value, by_now)
    where told.value ~ '\S' and told.value is distinct from told.by_now and not exists (
        select from app.former_values as known
        where known.tenant_id = new.tenant_id and known.customer_id = new.id and known.kind = told.kind and known.value = told.value
    );
    return null;
end;
$$;
comment on function app.keep_former_values() is
    'Keeps the name, address, number or key that a customer had, whoever changes it: what says it is theirs, too.';

create or replace function app.keep_former_values_of_conversation()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    bearer constant uuid := coalesce(old.customer_id, new.customer_id);
begin
    insert into app.former_values (tenant_id, customer_id, conversation_id, kind, value)
    select new.tenant_id, bearer, case when bearer is null then new.id end, told.kind, told.value
    from (
        values
        ('user_name', old.user_name, new.user_name), ('user_email', old.user_email, new.user_email),
        ('customer_phone', old.customer_phone, new.customer_phone),
        ('customer_social_id', old.customer_social_id, new.customer_social_id),
        ('external_conversation_id', old.external_conversation_id, new.external_conversation_id)
    ) as told (kind, value, by_now)
    where told.value ~ '\S' and told.value is distinct from told.by_now and not exists (
        select from app.former_values as known
        where known.tenant_id = new.tenant_id and known.value = told.value and known.kind = told.kind
            and (known.customer_id = bearer or known.conversation_id = new.id)
    );
    if old.customer_id is null and new.customer_id is not null then
        update app.former_values as former set customer_id = new.customer_id, conversation_id = null
        where former.tenant_id = new.tenant_id and former.conversation_id = new.id;
    end if;
    return null;
end;
$$;
comment on function app.keep_former_values_of_conversation() is
    'Keeps the name, address, number or key that a conversation had of whoever wrote: its customer''s, or, as long as it has none, its own.';

create or replace trigger keep_former_values
after update of name, email, phone, external_id on public.customer_profiles
for each row
when ((old.name, old.email, old.phone, old.external_id) is distinct from (new.name, new.email, new.phone, new.external_id))
execute function app.keep_former_values();

alter table public.customer_profiles enable always trigger keep_former_values;

create or replace trigger keep_former_values
after update of user_name, user_email, customer_phone, customer_social_id, external_conversation_id, customer_id on public.conversations
for each row
when (
    (old.user_name, old.user_email, old.customer_phone, old.customer_social_id, old.external_conversation_id, old.customer_id)
    is distinct from
    (new.user_name, new.user_email, new.customer_phone, new.customer_social_id, new.external_conversation_id, new.customer_id)
)
execute function app.keep_former_values_of_conversation();

alter table public.conversations enable always trigger keep_former_values;

revoke execute on function app.keep_former_values(), app.keep_former_values_of_conversation() from public;
