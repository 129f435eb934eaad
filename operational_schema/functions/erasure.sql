-- The right to be forgotten at the source: one customer's rows deleted, and what names them elsewhere in the tenant's rows masked,
-- in one transaction. The mask has the length and the words of what it hides: numbers derived from text stay what they were.

create or replace function app.subject_values(of_tenant uuid, customer uuid)
returns text[]
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with named as (
        select told.value, person.id = customer as is_theirs
        from public.customer_profiles as person
        cross join lateral (
            values
            (person.email), (person.phone), (regexp_replace(person.phone, '\D', '', 'g')), (person.external_id),
            (case when person.name ~ '\S\s+\S' then person.name end)
        ) as told (value)
        where person.tenant_id = of_tenant
        union all
        select told.value, false
        from public.profiles as colleague
        cross join lateral (values (colleague.email), (colleague.full_name), (colleague.external_id)) as told (value)
        where colleague.tenant_id = of_tenant
        union all
        select told.value, conversation.customer_id = customer
        from public.conversations as conversation
        cross join lateral (
            values
            (conversation.user_email), (conversation.customer_phone),
            (regexp_replace(conversation.customer_phone, '\D', '', 'g')), (conversation.customer_social_id),
            (conversation.external_conversation_id), (case when conversation.user_name ~ '\S\s+\S' then conversation.user_name end)
        ) as told (value)
        where conversation.tenant_id = of_tenant and conversation.customer_id is not null
        union all
        select mapping.external_id, mapping.customer_profile_id = customer
        from public.customer_sync_mapping as mapping
        where mapping.tenant_id = of_tenant
    ),
    distinctive as (
        -- A value that somebody else bears, too, names nobody: masking it would change others' rows.
        select min(trim(named.value)) as value
        from named
        where length(trim(named.value)) >= 6
        group by lower(trim(named.value))
        having bool_and(named.is_theirs)
    )
    select array_agg(found.value order by length(found.value) desc, found.value)
    from (
        select distinctive.value from distinctive
        union all
        select person.id::text
        from public.customer_profiles as person
        where person.tenant_id = of_tenant and person.id = customer
    ) as found
$$;
comment on function app.subject_values(uuid, uuid) is
    'What names a customer and nobody else of the tenant, the longest first: key, addresses, numbers, keys in other systems, a name of two words. Null for nobody. What is shorter than six characters occurs anywhere, and is left out.';

create or replace function app.written_forms(hidden text[])
returns text[]
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    -- In JSON, and in arrays, a quote and a backslash have one before them.
    select coalesce(array_agg(form.form order by length(form.form) desc, form.form), '{}')
    from (
        select unnest(hidden) as form
        union
        select replace(replace(value.value, '\', '\\'), '"', '\"') from unnest(hidden) as value (value)
    ) as form
$$;
comment on function app.written_forms(text[]) is 'The values as text has them, and as JSON does; the longest first.';

create or replace function app.naming_pattern(forms text[])
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    -- Not a part of a longer word or number: 4-12 is not in 4-123. What stands before may be an escape of JSON.
    select string_agg(
        case
            when form.form ~ '^[[:alnum:]]' then '(?:(?<![[:alnum:]])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4}))'
            else ''
        end
        || regexp_replace(form.form, '([^[:alnum:][:space:]])', '\\\1', 'g')
        || case when form.form ~ '[[:alnum:]]$' then '(?![[:alnum:]])' else '' end,
        '|' order by length(form.form) desc, form.form
    )
    from unnest(forms) as form (form)
$$;
comment on function app.naming_pattern(text[]) is 'A regular expression that finds any of the forms, where it stands by itself. Null for none.';

create or replace function app.like_patterns(forms text[])
returns text[]
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(array_agg('%' || replace(replace(replace(form.form, '\', '\\'), '%', '\%'), '_', '\_') || '%'), '{}')
    from unnest(forms) as form (form)
$$;
comment on function app.like_patterns(text[]) is
    'For ILIKE ANY, before app.naming_pattern: that one looks at what is beside each letter, and takes a hundred times as long.';

create or replace function app.mask_values(said text, hidden text[])
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    form text;
begin
    foreach form in array app.written_forms(hidden) loop
        said := regexp_replace(
            said, app.naming_pattern(array[form]),
            replace(regexp_replace(regexp_replace(form, '[[:digit:]]', '9', 'g'), '[[:alpha:]]', 'x', 'g'), '\', '\\'), 'gi'
        );
    end loop;
    return said;
end;
$$;
comment on function app.mask_values(text, text[]) is
    'The text with each of the values masked, in any case of letters: letters as x, digits as 9, so that JSON stays JSON.';

create or replace function app.mask_elsewhere(of_tenant uuid, hidden text[])
returns table (table_name text, what text, ids uuid[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    place record;
    forms text[] := app.written_forms(hidden);
begin
    for place in
        select
            relation.relname::text as name,
            string_agg(
                format('%1$I = app.mask_values(%1$I::text, $2)::%2$s', attribute.attname, format_type(attribute.atttypid, null)), ', '
            ) as masks,
            string_agg(
                format('case when %1$I::text ilike any ($3) then %1$I::text ~* $4 else false end', attribute.attname), ' or '
            ) as found
        from pg_catalog.pg_class as relation
        inner join pg_catalog.pg_attribute as attribute on attribute.attrelid = relation.oid
        inner join pg_catalog.pg_type as kind on kind.oid = attribute.atttypid
        where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p') and not relation.relispartition
            and relation.relname not in ('tenants', 'audit_logs', 'file_deletions')
            and attribute.attnum > 0 and not attribute.attisdropped and attribute.attgenerated = ''
            and coalesce(nullif(kind.typbasetype, 0), kind.oid) in ('text'::regtype, 'jsonb'::regtype, 'text[]'::regtype)
            -- Sealed: nobody reads a name in it, and a mask would break the seal.
            and kind.oid <> 'app.envelope'::regtype
        group by relation.relname
        order by relation.relname
    loop
        begin
            -- Its rows never change: those that name the person go.
            if place.name = 'integration_audit_logs' then
                raise unique_violation;
            end if;
            execute format(
                'with masked as (update public.%I set %s where tenant_id = $1 and (%s) returning id) '
                'select coalesce(array_agg(masked.id), ''{}'') from masked',
                place.name, place.masks, place.found
            ) into ids using of_tenant, hidden, app.like_patterns(forms), app.naming_pattern(forms);
            what := 'masked';
        exception when unique_violation or check_violation then
            -- Two masks of one length are the same, and some columns have a form: there, the row goes.
            execute format(
                'with gone as (delete from public.%I where tenant_id = $1 and (%s) returning id) '
                'select coalesce(array_agg(gone.id), ''{}'') from gone',
                place.name, place.found
            ) into ids using of_tenant, hidden, app.like_patterns(forms), app.naming_pattern(forms);
            what := 'deleted';
        end;
        table_name := place.name;
        if cardinality(ids) > 0 then
            return next;
        end if;
    end loop;
end;
$$;
comment on function app.mask_elsewhere(uuid, text[]) is
    'Masks the values in every text, array of texts and JSON of a tenant, but in the trail; deletes a row whose key or form allows no mask. Returns the rows.';

create or replace function app.erase_customer(request uuid, must_have_landed boolean default true)
returns table (table_name text, what text, row_count bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set etl.reason = 'retention'
as $$
declare
    asked public.erasure_requests;
    hold uuid;
    hidden text[];
    theirs uuid[];
    part record;
    keys uuid[];
    people uuid[];
begin
    select pending.* into strict asked from public.erasure_requests as pending where pending.id = request for update;
    hold := app.hold_on_customer(asked.tenant_id, asked.customer_id, now());
    if hold is not null then
        raise exception 'customer % is under legal hold %', asked.customer_id, hold
            using errcode = 'restrict_violation', hint = 'romashka holds release ends it';
    end if;
    -- Where the person is gone already, somebody may have named them again since.
    hidden := coalesce(
        app.subject_values(asked.tenant_id, asked.customer_id),
        (
            select array_agg(work.item order by length(work.item) desc, work.item)
            from app.erasure_work as work where work.request_id = request and work.kind = 'value'
        ),
        '{}'
    );
    select coalesce(array_agg(locked.id), '{}') into theirs from (
        select conversation.id from public.conversations as conversation
        where conversation.tenant_id = asked.tenant_id and conversation.customer_id = asked.customer_id for update
    ) as locked;
    -- The facts of what the warehouse does not have yet would be lost, and totals with them.
    if must_have_landed and (not app.has_landed() or theirs && app.unlanded_keys(asked.tenant_id)) then
        raise exception 'rows of customer % are not in the warehouse yet', asked.customer_id
            using errcode = 'object_not_in_prerequisite_state', hint = 'romashka refresh lands them';
    end if;
    people := array[asked.customer_id] || theirs;
    for part in
        select going.query, theirs as root from app.going_with('conversations', 'select unnest($2)') as going
        union all
        select going.query, array[asked.customer_id] from app.going_with('customer_profiles', 'select unnest($2)') as going
    loop
        execute format('select array(%s)', part.query) into keys using asked.tenant_id, part.root;
        people := people || keys;
    end loop;
    insert into app.erasure_work (request_id, kind, item)
    select request, 'value', value.value from unnest(hidden) as value (value)
    union all
    select request, 'table', touched.name
    from unnest(array['etl.change', 'app.audit_salt', 'app.audit_waiting', 'public.audit_logs', 'public.legal_holds'])
        as touched (name)
    on conflict do nothing;
    -- Evidence, too, but of nobody any more; those on their conversations name keys that lead nowhere.
    delete from public.legal_holds as over where over.tenant_id = asked.tenant_id and over.customer_id = asked.customer_id;
    get diagnostics row_count = row_count;
    if row_count > 0 then
        table_name := 'legal_holds';
        what := 'deleted';
        return next;
    end if;
    for part in
        select gone.table_name, 'deleted' as what, gone.row_count
        from app.forget_rows(asked.tenant_id, 'conversations', theirs) as gone
        union all
        select gone.table_name, 'deleted', gone.row_count
        from app.forget_rows(asked.tenant_id, 'customer_profiles', array[asked.customer_id]) as gone
        union all
        select masked.table_name, masked.what, cardinality(masked.ids)
        from app.mask_elsewhere(asked.tenant_id, hidden) as masked
    loop
        insert into app.erasure_work (request_id, kind, item)
        values (request, 'table', 'public.' || part.table_name)
        on conflict do nothing;
        table_name := part.table_name;
        what := part.what;
        row_count := part.row_count;
        return next;
    end loop;
    -- What the trail has of rows that name the person, or did once and do not any more.
    people := people || array(
        select distinct logged.entity_id from public.audit_logs as logged
        where logged.tenant_id = asked.tenant_id and logged.entity_id is not null
            and case
                when logged.changes::text ilike any (app.like_patterns(app.written_forms(hidden)))
                    then logged.changes::text ~* app.naming_pattern(app.written_forms(hidden))
                else false
            end
    );
    table_name := 'audit_logs';
    what := 'masked';
    row_count := app.erase_from_audit(asked.tenant_id, people);
    return next;
end;
$$;
comment on function app.erase_customer(uuid, boolean) is
    'Deletes the customer of a request with all that is theirs, masks what names them elsewhere in the tenant, and takes both out of the trail. Deleted for the warehouse as retention deletes: facts without a person stay. Refuses what is held or has not landed. For one that is gone already it masks what names them again.';

revoke execute on function
    app.subject_values(uuid, uuid), app.written_forms(text[]), app.naming_pattern(text[]), app.like_patterns(text[]),
    app.mask_values(text, text[]), app.mask_elsewhere(uuid, text[]), app.erase_customer(uuid, boolean)
    from public;
grant execute on function app.subject_values(uuid, uuid), app.erase_customer(uuid, boolean) to service_role;
