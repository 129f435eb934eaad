-- The right to be forgotten at the source: one customer's rows deleted, and what names them elsewhere in the tenant's rows masked,
-- in one transaction. The mask has the length and the words of what it hides: numbers derived from text stay what they were.

create or replace function app.subject_values(of_tenant uuid, customer uuid)
returns text[]
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(array_agg(distinct named.value order by named.value), '{}')
    from (
        select person.id::text as value from public.customer_profiles as person
        where person.tenant_id = of_tenant and person.id = customer
        union all
        select identifier.value
        from public.customer_profiles as person
        cross join lateral (values (person.email), (person.phone), (person.external_id)) as identifier (value)
        where person.tenant_id = of_tenant and person.id = customer and length(identifier.value) >= 6
        union all
        -- A first name, or a name that somebody else has, too, names nobody: masking it would change others' rows.
        select person.name
        from public.customer_profiles as person
        where person.tenant_id = of_tenant and person.id = customer and person.name ~ '\S\s+\S'
            and not exists (
                select from public.customer_profiles as other
                where other.tenant_id = of_tenant and other.id <> customer and lower(other.name) = lower(person.name)
            )
        union all
        select mapping.external_id
        from public.customer_sync_mapping as mapping
        where mapping.tenant_id = of_tenant and mapping.customer_profile_id = customer and length(mapping.external_id) >= 6
    ) as named
    where named.value is not null
$$;
comment on function app.subject_values(uuid, uuid) is
    'What names a customer and nobody else of the tenant: key, addresses, numbers, keys in other systems, a full name.';

create or replace function app.mask_values(said text, hidden text[])
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    value text;
begin
    foreach value in array hidden loop
        said := regexp_replace(
            said, '***=' || value,
            replace(regexp_replace(regexp_replace(value, '[[:digit:]]', '9', 'g'), '[[:alpha:]]', 'x', 'g'), '\', '\\'), 'gi'
        );
    end loop;
    return said;
end;
$$;
comment on function app.mask_values(text, text[]) is
    'The text with each of the values masked, in any case of letters: letters as x, digits as 9, so that JSON stays JSON.';

create or replace function app.mask_elsewhere(of_tenant uuid, hidden text[])
returns table (table_name text, ids uuid[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    place record;
begin
    for place in
        select
            relation.relname::text as name,
            string_agg(
                format('%1$I = app.mask_values(%1$I::text, $2)::%2$s', attribute.attname, format_type(attribute.atttypid, null)), ', '
            ) as masks,
            string_agg(format('app.mask_values(%1$I::text, $2) <> %1$I::text', attribute.attname), ' or ') as found
        from pg_catalog.pg_class as relation
        inner join pg_catalog.pg_attribute as attribute on attribute.attrelid = relation.oid
        where relation.relnamespace = 'public'::regnamespace and relation.relkind = 'r'
            and relation.relname not in ('tenants', 'profiles', 'customer_profiles', 'audit_logs', 'integration_audit_logs', 'erasure_requests')
            and attribute.attnum > 0 and not attribute.attisdropped and attribute.attgenerated = ''
            and attribute.atttypid in ('text'::regtype, 'jsonb'::regtype, 'text[]'::regtype)
        group by relation.relname
        order by relation.relname
    loop
        execute format(
            'with masked as (update public.%I set %s where tenant_id = $1 and (%s) returning id) '
            'select coalesce(array_agg(masked.id), ''{}'') from masked',
            place.name, place.masks, place.found
        ) into ids using of_tenant, hidden;
        table_name := place.name;
        if cardinality(ids) > 0 then
            return next;
        end if;
    end loop;
end;
$$;
comment on function app.mask_elsewhere(uuid, text[]) is
    'Masks the values in every text, array of texts and JSON of a tenant, but in rows of other persons and in the trail. Returns the rows.';

create or replace function app.erase_customer(of_tenant uuid, customer uuid, must_have_landed boolean default true)
returns table (table_name text, what text, row_count bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set etl.reason = 'retention'
as $$
declare
    hold uuid := app.hold_on_customer(of_tenant, customer, now());
    hidden text[] := app.subject_values(of_tenant, customer);
    theirs uuid[];
    part record;
    keys uuid[];
    people uuid[] := array[customer];
begin
    if hold is not null then
        raise exception 'customer % is under legal hold %', customer, hold
            using errcode = 'restrict_violation', hint = 'romashka holds release ends it';
    end if;
    select array_agg(locked.id) into theirs from (
        select conversation.id from public.conversations as conversation
        where conversation.tenant_id = of_tenant and conversation.customer_id = customer for update
    ) as locked;
    theirs := coalesce(theirs, '{}');
    -- The facts of what the warehouse does not have yet would be lost, and totals with them.
    if must_have_landed and (not app.has_landed() or theirs && app.unlanded_keys(of_tenant)) then
        raise exception 'rows of customer % are not in the warehouse yet', customer
            using errcode = 'object_not_in_prerequisite_state', hint = 'romashka refresh lands them';
    end if;
    for part in
        select going.query, theirs as root from app.going_with('conversations', 'select unnest($2)') as going
        union all
        select going.query, array[customer] from app.going_with('customer_profiles', 'select unnest($2)') as going
    loop
        execute format('select array(%s)', part.query) into keys using of_tenant, part.root;
        people := people || keys;
    end loop;
    people := people || theirs;
    return query select gone.table_name, 'deleted', gone.row_count
    from app.forget_rows(of_tenant, 'conversations', theirs) as gone;
    return query select gone.table_name, 'deleted', gone.row_count
    from app.forget_rows(of_tenant, 'customer_profiles', array[customer]) as gone;
    for part in select * from app.mask_elsewhere(of_tenant, hidden) loop
        people := people || part.ids;
        table_name := part.table_name;
        what := 'masked';
        row_count := cardinality(part.ids);
        return next;
    end loop;
    -- Its rows never change: those that name the person go.
    table_name := 'integration_audit_logs';
    what := 'deleted';
    delete from public.integration_audit_logs as logged
    where logged.tenant_id = of_tenant and app.mask_values(to_jsonb(logged)::text, hidden) <> to_jsonb(logged)::text;
    get diagnostics row_count = row_count;
    if row_count > 0 then
        return next;
    end if;
    -- Also what the trail has of rows that named the person once and do not any more.
    people := people || array(
        select distinct logged.entity_id from public.audit_logs as logged
        where logged.tenant_id = of_tenant and logged.entity_id is not null
            and app.mask_values(logged.changes::text, hidden) <> logged.changes::text
    );
    table_name := 'audit_logs';
    what := 'masked';
    row_count := app.erase_from_audit(of_tenant, people);
    return next;
end;
$$;
comment on function app.erase_customer(uuid, uuid, boolean) is
    'Deletes a customer with all that is theirs, masks what names them elsewhere in the tenant, and takes both out of the trail. Deleted for the warehouse as retention deletes: facts without a person stay. Refuses what is held or has not landed.';

revoke execute on function
    app.subject_values(uuid, uuid), app.mask_values(text, text[]), app.mask_elsewhere(uuid, text[]),
    app.erase_customer(uuid, uuid, boolean)
    from public;
grant execute on function app.subject_values(uuid, uuid), app.erase_customer(uuid, uuid, boolean) to service_role;
