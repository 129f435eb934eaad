-- What a customer was called before is kept as long as the customer: messages go on saying it.

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

create or replace trigger keep_former_values
after update of name, email, phone, external_id on public.customer_profiles
for each row
when ((old.name, old.email, old.phone, old.external_id) is distinct from (new.name, new.email, new.phone, new.external_id))
execute function app.keep_former_values();

alter table public.customer_profiles enable always trigger keep_former_values;

revoke execute on function app.keep_former_values() from public;
