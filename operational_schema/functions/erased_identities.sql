-- By what an import recognises whom it must not bring back, and what of the others an erasure has masked.

create or replace function app.identity_digest(of_tenant uuid, kind text, value text)
returns bytea
language plpgsql
stable
strict
set search_path = pg_catalog, pg_temp
as $$
declare
    secret bytea := convert_to(coalesce(current_setting('etl.pseudonym_key', true), ''), 'UTF8');
    said constant text := kind || ' ' || case kind when 'email' then lower(trim(value)) else value end;
begin
    if secret = '' then
        raise exception 'etl.pseudonym_key is not set' using hint = 'whoever imports or erases sets it for the transaction';
    end if;
    return etl.hmac_sha256(etl.hmac_sha256(secret, uuid_send(of_tenant)), convert_to(said, 'UTF8'));
end;
$$;
comment on function app.identity_digest(uuid, text, text) is
    'What stands for an address or an external id of somebody who was erased: HMAC-SHA-256, keyed per tenant as the pseudonym is. Who has the database and not the key cannot try addresses out.';

create or replace function app.remember_erased(request uuid, hidden text[])
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    with asked as (
        select pending.id, pending.tenant_id, pending.customer_id
        from public.erasure_requests as pending
        where pending.id = request and coalesce(current_setting('etl.pseudonym_key', true), '') <> ''
    ),
    borne as (
        select told.kind, told.value
        from asked
        inner join public.customer_profiles as person on person.tenant_id = asked.tenant_id and person.id = asked.customer_id
        cross join lateral (values ('email', person.email), ('external_id', person.external_id)) as told (kind, value)
        union
        select former.kind, former.value
        from asked
        inner join app.former_values as former on former.tenant_id = asked.tenant_id and former.customer_id = asked.customer_id
        -- Somebody else's by now, it would keep them out.
        where former.kind in ('email', 'external_id') and not exists (
            select from public.customer_profiles as other
            where other.tenant_id = former.tenant_id and other.id <> former.customer_id
                and case former.kind when 'email' then other.email else other.external_id end = former.value
        )
        union
        select 'email', named.value from unnest(hidden) as named (value) where named.value like '%@%'
    )
    insert into app.erased_identities (tenant_id, kind, digest, request_id)
    select asked.tenant_id, borne.kind, app.identity_digest(asked.tenant_id, borne.kind, borne.value), asked.id
    from asked
    cross join borne
    where borne.value ~ '\S'
    on conflict do nothing
$$;
comment on function app.remember_erased(uuid, text[]) is
    'Keeps digests of the addresses and external ids of the customer of a request. Without the pseudonym key there are none: the erasure as a whole (romashka erase) comes with it.';

create or replace function app.unless_masked(of_tenant uuid, kept text, said text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select case
        when kept is not distinct from said or kept is null or said is null or length(kept) <> length(said) then said
        when not exists (select from app.erased_identities as erased where erased.tenant_id = of_tenant) then said
        else (
            -- No value is masked of fewer than six characters, of which some may be no letters.
            select case
                when bool_and(letter.here in ('x', '9')) and count(*) >= 4 then kept
                else said
            end
            from unnest(string_to_array(kept, null), string_to_array(said, null)) as letter (here, there)
            where letter.here <> letter.there
        )
    end
$$;
comment on function app.unless_masked(uuid, text, text) is
    'What a file says of a text that is there already; the text that is there, where all that they differ in is what an erasure has masked.';

revoke execute on function
    app.identity_digest(uuid, text, text), app.remember_erased(uuid, text[]), app.unless_masked(uuid, text, text)
    from public;
