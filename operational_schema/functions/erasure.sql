-- The right to be forgotten at the source: one customer's rows deleted, and what names them elsewhere in the tenant's rows masked,
-- in one transaction. The mask has the length and the words of what it hides: numbers derived from text stay what they were.

create or replace function app.unclaimed_conversations(of_tenant uuid, customer uuid)
returns table (id uuid, is_theirs boolean)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with bearers as (
        select
            person.id as customer_id, person.email, person.phone, null as social_id, null as channel_type, null::uuid as unclaimed,
            false as is_former
        from public.customer_profiles as person
        where person.tenant_id = of_tenant
        union all
        select
            former.customer_id, case when former.kind in ('email', 'user_email') then former.value end,
            case when former.kind in ('phone', 'customer_phone') then former.value end, null, null, former.conversation_id, true
        from app.former_values as former
        where former.tenant_id = of_tenant
        union all
        select null, colleague.email, null, null, null, null, false
        from public.profiles as colleague
        where colleague.tenant_id = of_tenant
        union all
        select
            conversation.customer_id, conversation.user_email, conversation.customer_phone, conversation.customer_social_id,
            conversation.channel_type, case when conversation.customer_id is null then conversation.id end, false
        from public.conversations as conversation
        where conversation.tenant_id = of_tenant
    ),
    contacts as (
        select
            bearers.unclaimed, bearers.is_former, coalesce(bearers.customer_id = customer, false) as is_theirs, contact.kind,
            lower(contact.value) as value
        from bearers
        cross join lateral (
            values
            ('email', trim(bearers.email)), ('phone', regexp_replace(bearers.phone, '\D', '', 'g')),
            -- A key of one channel is somebody else's in another.
            (bearers.channel_type, trim(bearers.social_id))
        ) as contact (kind, value)
        where length(contact.value) >= 6 and contact.value ~ '[[:digit:]@]'
    ),
    borne as (
        -- What somebody bears now is not theirs who bore it once.
        select
            contacts.kind, contacts.value,
            coalesce(bool_or(contacts.is_theirs) filter (where not contacts.is_former), bool_or(contacts.is_theirs)) as by_them,
            coalesce(bool_or(not contacts.is_theirs) filter (where not contacts.is_former), bool_or(not contacts.is_theirs))
                as by_another
        from contacts
        where contacts.unclaimed is null
        group by contacts.kind, contacts.value
    )
    select
        contacts.unclaimed,
        -- An address that is theirs alone, and none that is another's alone; one that it had, where it has none by now.
        case
            when bool_or(not contacts.is_former)
                then coalesce(bool_or(borne.by_them and not borne.by_another) filter (where not contacts.is_former), false)
            else coalesce(bool_or(borne.by_them and not borne.by_another), false)
        end
            and not coalesce(bool_or(borne.by_another and not borne.by_them), false)
    from contacts
    left join borne on borne.kind = contacts.kind and borne.value = contacts.value
    where contacts.unclaimed is not null
    group by contacts.unclaimed
$$;
comment on function app.unclaimed_conversations(uuid, uuid) is
    'The conversations without a customer of which an address, a number or a key of the channel is known, and whether these are the customer''s and nobody else''s.';

create or replace function app.closed_columns()
returns table (table_name text, column_name text, is_listed boolean)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select relation.relname::text, attribute.attname::text, held.conname like '%\_known'
    from pg_catalog.pg_constraint as held
    inner join pg_catalog.pg_class as relation on relation.oid = held.conrelid
    inner join pg_catalog.pg_attribute as attribute
        on attribute.attrelid = held.conrelid and attribute.attnum = any(held.conkey)
    where held.contype = 'c' and relation.relnamespace = 'public'::regnamespace
        and held.conname ~ '_(known|form)$' and attribute.atttypid = any(array['text', 'text[]']::regtype[])
        -- The form of a shortcut is that it has no space.
        and (relation.relname, attribute.attname) <> ('canned_responses', 'shortcut')
$$;
comment on function app.closed_columns() is
    'Columns of words, not of texts: those of a closed list, and keys of a fixed form. Nobody is named there, and a mask would be another word.';

create or replace function app.words_of_set_up(of_tenant uuid, candidates text[])
returns text[]
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    place record;
    said text[];
    words text[] := '{}';
begin
    if candidates is null then
        return '{}';
    end if;
    for place in
        select closed.table_name, closed.column_name, case closed.table_name when 'tenants' then 'id' else 'tenant_id' end as of_whom
        from app.closed_columns() as closed
        where not closed.is_listed
        union all
        values
        ('tenants', 'name', 'id'), ('conversations', 'department', 'tenant_id'), ('conversations', 'language', 'tenant_id'),
        ('conversations', 'intent', 'tenant_id'), ('agent_availability', 'departments', 'tenant_id'),
        ('agent_availability', 'skills', 'tenant_id')
    loop
        execute format(
            'select array_agg(distinct kept.%1$I::text) from public.%2$I as kept where kept.%3$I = $1 and kept.%1$I::text ilike any ($2)',
            place.column_name, place.table_name, place.of_whom
        ) into said using of_tenant, app.like_patterns(candidates);
        words := words || said;
    end loop;
    return array(
        select candidate.value
        from unnest(candidates) as candidate (value)
        where array_to_string(words, e'\n') ~* app.naming_pattern(array[candidate.value])
    );
end;
$$;
comment on function app.words_of_set_up(uuid, text[]) is
    'Which of the candidates a tenant says in its set-up: its own name, a channel, a department, a setting, a metric. Masked there, they would be another word in the rows and figures of everybody.';

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
        -- n12345 is not in \n12345, of which a mask would leave no JSON.
        || case when form.form ~* '^[bfnrtu]' then '(?<!(?<!\\)(?:\\\\)*\\)' else '' end
        || regexp_replace(form.form, '([^[:alnum:][:space:]])', '\\\1', 'g')
        || case when form.form ~ '[[:alnum:]]$' then '(?![[:alnum:]])' else '' end,
        '|' order by length(form.form) desc, form.form
    )
    from unnest(forms) as form (form)
$$;
comment on function app.naming_pattern(text[]) is 'A regular expression that finds any of the forms, where it stands by itself. Null for none.';

create or replace function app.borne_values(of_tenant uuid, customer uuid)
returns table (value text, is_name boolean, is_theirs boolean, is_former boolean)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select told.value, told.is_name, person.id = customer as is_theirs, false as is_former
    from public.customer_profiles as person
    cross join lateral (
        values
        (person.email, false), (person.phone, false), (regexp_replace(person.phone, '\D', '', 'g'), false),
        (person.external_id, false), (person.name, true)
    ) as told (value, is_name)
    where person.tenant_id = of_tenant
    union all
    select
        told.value, former.kind in ('name', 'user_name'), coalesce(former.customer_id = customer, unclaimed.is_theirs, false), true
    from app.former_values as former
    left join app.unclaimed_conversations(of_tenant, customer) as unclaimed on unclaimed.id = former.conversation_id
    cross join lateral (
        values
        (former.value),
        (case when former.kind in ('phone', 'customer_phone') then regexp_replace(former.value, '\D', '', 'g') end)
    ) as told (value)
    where former.tenant_id = of_tenant
    union all
    select told.value, told.is_name, false, false
    from public.profiles as colleague
    cross join lateral (
        values (colleague.email, false), (colleague.full_name, true), (colleague.external_id, false)
    ) as told (value, is_name)
    where colleague.tenant_id = of_tenant
    union all
    select told.value, told.is_name, coalesce(conversation.customer_id = customer, unclaimed.is_theirs), false
    from public.conversations as conversation
    left join app.unclaimed_conversations(of_tenant, customer) as unclaimed on unclaimed.id = conversation.id
    cross join lateral (
        values
        (conversation.user_email, false), (conversation.customer_phone, false),
        (regexp_replace(conversation.customer_phone, '\D', '', 'g'), false), (conversation.customer_social_id, false),
        (conversation.external_conversation_id, false), (conversation.user_name, true)
    ) as told (value, is_name)
    -- Of one without a customer and without an address nobody knows whose the name is.
    where conversation.tenant_id = of_tenant and (conversation.customer_id is not null or unclaimed.id is not null)
    union all
    select mapping.external_id, false, mapping.customer_profile_id = customer, false
    from public.customer_sync_mapping as mapping
    where mapping.tenant_id = of_tenant
$$;
comment on function app.borne_values(uuid, uuid) is
    'What customers and colleagues of a tenant are called, and reached by, now or formerly, and whether it is the customer''s.';

create or replace function app.is_part_of(candidate text, borne text, is_name boolean)
returns boolean
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    select case
        when strpos(lower(borne), lower(candidate)) = 0 then false
        -- A name is a part of a longer name, and a number of a longer number; an address within a sentence is the address.
        when candidate ~ '\s' and is_name or borne ~ '^[-+()./[:digit:][:space:]]+$' or trim(borne) !~ '\s'
            then borne ~* app.naming_pattern(array[candidate])
        else lower(trim(borne)) = lower(candidate)
    end
$$;
comment on function app.is_part_of(text, text, boolean) is
    'Whether what somebody bears is a value, or a longer one that has it as a part: smith@example.org, and john.smith@example.org.';

create or replace function app.subject_values(of_tenant uuid, customer uuid)
returns text[]
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with named as (
        select * from app.borne_values(of_tenant, customer)
    ),
    distinctive as (
        -- A value that somebody else bears, too, names nobody: masking it would change others' rows. A word is anybody's.
        select min(trim(named.value)) as value
        from named
        where length(trim(named.value)) >= 6
        group by lower(trim(named.value))
        -- Of what nobody bears any more whoever bore it; else whoever bears it now.
        having coalesce(bool_and(named.is_theirs) filter (where not named.is_former), bool_and(named.is_theirs))
            and bool_or(named.value ~ '[[:digit:]@]' or named.is_name and trim(named.value) ~ '\S\s+\S')
    ),
    alone as (
        -- Nor is smith@example.org looked for where somebody is john.smith@example.org.
        select distinctive.value
        from distinctive
        where not exists (
            select from named
            where named.is_theirs is not true and not named.is_former
                and case
                    when strpos(lower(named.value), lower(distinctive.value)) > 0
                        then app.is_part_of(distinctive.value, named.value, named.is_name)
                    else false
                end
        )
    ),
    chosen as (
        select app.words_of_set_up(
            of_tenant, array_agg(alone.value) filter (where alone.value !~ '@')
        ) as words
        from alone
    )
    select array_agg(found.value order by length(found.value) desc, found.value)
    from (
        select alone.value
        from alone
        cross join chosen
        where alone.value <> all(coalesce(chosen.words, '{}'))
        union all
        select person.id::text
        from public.customer_profiles as person
        where person.tenant_id = of_tenant and person.id = customer
    ) as found
$$;
comment on function app.subject_values(uuid, uuid) is
    'What names a customer and nobody else of the tenant, the longest first: key, addresses, numbers, keys in other systems, a name of two words, and what of these they had before. Null for nobody. What is shorter than six characters, a word without a digit or an @, and what the tenant says in its set-up occurs anywhere, and is left out.';

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

create or replace function app.mask_rows(of_table text, masks text, of_tenant uuid, named uuid[], hidden text[])
returns table (what text, ids uuid[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    masking constant text := format('update public.%I set %s where tenant_id = $1 and id = any($3)', of_table, masks);
    deleting constant text := format('delete from public.%I where tenant_id = $1 and id = any($2)', of_table);
    one uuid;
    gone uuid[] := '{}';
begin
    -- Rows of that trail never change: those that name the person go.
    if of_table = 'integration_audit_logs' then
        execute deleting using of_tenant, named;
        gone := named;
    else
        begin
            execute masking using of_tenant, hidden, named;
        exception when unique_violation or check_violation then
            -- Two masks of one length are the same, and some columns have a form: the rows for which that is so go.
            foreach one in array named loop
                begin
                    execute masking using of_tenant, hidden, array[one];
                exception when unique_violation or check_violation then
                    execute deleting using of_tenant, array[one];
                    gone := gone || one;
                end;
            end loop;
        end;
    end if;
    return query
        select told.what, told.ids
        from (values ('deleted', gone), ('masked', array(select id from unnest(named) as id where id <> all(gone)))) as told (what, ids)
        where cardinality(told.ids) > 0;
end;
$$;
comment on function app.mask_rows(text, text, uuid, uuid[], text[]) is
    'Masks the values in the rows of a table that name somebody; deletes those whose key or form allows no mask, and no other.';

create or replace function app.take_off_lists(of_tenant uuid, hidden text[])
returns table (table_name text, what text, ids uuid[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    forms constant text[] := app.written_forms(hidden);
begin
    what := 'taken off';
    foreach table_name in array array['scheduled_reports', 'alert_rules'] loop
        begin
            execute format(
                'with listed as ('
                'select kept.id, array(select told.recipient from unnest(kept.recipients) with ordinality as told (recipient, place) '
                'where told.recipient !~* $3 order by told.place) as others '
                'from public.%1$I as kept '
                'where kept.tenant_id = $1 and case when kept.recipients::text ilike any ($2) then kept.recipients::text ~* $3 end'
                '), changed as ('
                'update public.%1$I as kept set is_active = kept.is_active and listed.others <> ''{}'', '
                'recipients = case listed.others when ''{}'' then kept.recipients else listed.others end '
                'from listed where kept.id = listed.id and listed.others <> kept.recipients returning kept.id'
                ') select array_agg(changed.id) from changed',
                table_name
            ) into ids using of_tenant, app.like_patterns(forms), app.naming_pattern(forms);
        exception when check_violation then
            -- Another one on the list was let in before there was a rule: it is masked with them.
            ids := null;
        end;
        if ids is not null then
            return next;
        end if;
    end loop;
end;
$$;
comment on function app.take_off_lists(uuid, text[]) is
    'Takes whoever bears one of the values off the recipients of reports and alerts; what nobody else gets is switched off. A mask is an address, too, and somebody may have it: zed@example.org becomes xxx@xxxxxxx.xxx.';

create or replace function app.mask_elsewhere(of_tenant uuid, hidden text[])
returns table (table_name text, what text, ids uuid[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    place record;
    named uuid[];
    hold uuid;
    forms text[] := app.written_forms(hidden);
begin
    for place in
        select
            relation.relname::text as name,
            string_agg(
                format('%1$I = app.mask_values(%1$I::text, $2)::%2$s', attribute.attname, format_type(attribute.atttypid, null)), ', '
            ) as masks,
            string_agg(
                format('case when %1$I::text ilike any ($2) then %1$I::text ~* $3 else false end', attribute.attname), ' or '
            ) as found
        from pg_catalog.pg_class as relation
        inner join pg_catalog.pg_attribute as attribute on attribute.attrelid = relation.oid
        inner join pg_catalog.pg_type as kind on kind.oid = attribute.atttypid
        left join app.closed_columns() as closed
            on closed.table_name = relation.relname::text and closed.column_name = attribute.attname::text
        where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p') and not relation.relispartition
            and relation.relname not in ('tenants', 'audit_logs', 'file_deletions')
            and attribute.attnum > 0 and not attribute.attisdropped and attribute.attgenerated = ''
            and coalesce(nullif(kind.typbasetype, 0), kind.oid) in ('text'::regtype, 'jsonb'::regtype, 'text[]'::regtype)
            -- Sealed: nobody reads a name in it, and a mask would break the seal.
            and kind.oid <> 'app.envelope'::regtype
            and closed.column_name is null
        group by relation.relname
        order by relation.relname
    loop
        execute format(
            'select array(select id from public.%I where tenant_id = $1 and (%s) order by id for update)', place.name, place.found
        ) into named using of_tenant, app.like_patterns(forms), app.naming_pattern(forms);
        continue when cardinality(named) = 0;
        hold := app.hold_on_rows(of_tenant, place.name, named);
        if hold is not null then
            raise exception 'rows of % that name the customer are under legal hold %', place.name, hold
                using errcode = 'restrict_violation', hint = 'romashka holds release ends it';
        end if;
        table_name := place.name;
        for what, ids in
            select masked.what, masked.ids from app.mask_rows(place.name, place.masks, of_tenant, named, hidden) as masked
        loop
            return next;
        end loop;
    end loop;
end;
$$;
comment on function app.mask_elsewhere(uuid, text[]) is
    'Masks the values in every text, array of texts and JSON of a tenant, but in the trail and in closed columns; deletes a row whose key or form allows no mask. Returns the rows. Refuses to touch what is under legal hold.';

create or replace function app.erase_customer(request uuid, must_have_landed boolean default true)
returns table (table_name text, what text, row_count bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    said_before constant text := app.swap_setting('etl.reason', 'retention');
    asked public.erasure_requests;
    hold uuid;
    hidden text[];
    unclaimed uuid[];
    theirs uuid[];
    part record;
    keys uuid[];
    people uuid[];
    paths text[];
begin
    select pending.* into strict asked from public.erasure_requests as pending where pending.id = request for update;
    -- The key of a conversation that somebody is beginning waits for this, and finds no customer then.
    perform from public.customer_profiles as person
    where person.tenant_id = asked.tenant_id and person.id = asked.customer_id for update;
    hold := app.hold_on_customer(asked.tenant_id, asked.customer_id, now());
    if hold is not null then
        raise exception 'customer % is under legal hold %', asked.customer_id, hold
            using errcode = 'restrict_violation', hint = 'romashka holds release ends it';
    end if;
    -- Whoever has come since, and is called what this one was, keeps it.
    delete from app.erasure_work as work
    where work.request_id = request and work.kind = 'value' and work.item <> asked.customer_id::text and exists (
        select from app.borne_values(asked.tenant_id, asked.customer_id) as borne
        where borne.is_theirs is not true and not borne.is_former and app.is_part_of(work.item, borne.value, borne.is_name)
    );
    -- Where the person is gone already, somebody may have named them again since.
    hidden := coalesce(
        app.subject_values(asked.tenant_id, asked.customer_id),
        (
            select array_agg(work.item order by length(work.item) desc, work.item)
            from app.erasure_work as work where work.request_id = request and work.kind = 'value'
        ),
        array[asked.customer_id::text]
    );
    unclaimed := array(
        select conversation.id from app.unclaimed_conversations(asked.tenant_id, asked.customer_id) as conversation
        where conversation.is_theirs
    );
    theirs := array(
        select conversation.id from public.conversations as conversation
        where conversation.tenant_id = asked.tenant_id and (
            conversation.customer_id = asked.customer_id
            or conversation.customer_id is null and conversation.id = any(unclaimed)
        )
        for update
    );
    perform app.lock_parts(asked.tenant_id, 'conversations', theirs);
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
    -- Of others, too: a mask is no path, and nobody would find the file any more.
    with going as (
        select attached.storage_provider, attached.file_path, attached.id = any(people) as is_theirs
        from public.file_attachments as attached
        where attached.tenant_id = asked.tenant_id and (
            attached.id = any(people)
            or case
                when attached.file_path ilike any (app.like_patterns(hidden)) then attached.file_path ~* app.naming_pattern(hidden)
                else false
            end
        )
    ),
    queued as (
        insert into public.file_deletions (tenant_id, storage_provider, file_path, reason)
        select asked.tenant_id, going.storage_provider, going.file_path, 'erasure' from going where not going.is_theirs
        on conflict do nothing
    )
    select array_agg(going.storage_provider || ':' || going.file_path) into paths from going;
    insert into app.erasure_work (request_id, kind, item)
    select request, 'value', value.value from unnest(hidden) as value (value)
    union all
    select request, 'table', touched.name
    from unnest(
        array['etl.change', 'app.audit_salt', 'app.audit_waiting', 'app.former_values', 'public.audit_logs', 'public.legal_holds']
    ) as touched (name)
    on conflict do nothing;
    perform app.remember_erased(request, hidden);
    -- Evidence, too, but of nobody any more; those on their conversations name keys that lead nowhere.
    delete from public.legal_holds as over where over.tenant_id = asked.tenant_id and over.customer_id = asked.customer_id;
    get diagnostics row_count = row_count;
    if row_count > 0 then
        table_name := 'legal_holds';
        what := 'deleted';
        return next;
    end if;
    for part in
        select gone.table_name, 'deleted' as what, gone.row_count, array[]::uuid[] as ids
        from app.forget_rows(asked.tenant_id, 'conversations', theirs) as gone
        union all
        select gone.table_name, 'deleted', gone.row_count, '{}'
        from app.forget_rows(asked.tenant_id, 'customer_profiles', array[asked.customer_id]) as gone
        union all
        select listed.table_name, listed.what, cardinality(listed.ids), listed.ids
        from app.take_off_lists(asked.tenant_id, hidden) as listed
        union all
        select masked.table_name, masked.what, cardinality(masked.ids), masked.ids
        from app.mask_elsewhere(asked.tenant_id, hidden) as masked
    loop
        insert into app.erasure_work (request_id, kind, item)
        values (request, 'table', 'public.' || part.table_name)
        on conflict do nothing;
        table_name := part.table_name;
        what := part.what;
        row_count := part.row_count;
        people := people || part.ids;
        return next;
    end loop;
    perform app.keep_erased_files(request, coalesce(paths, '{}'), hidden);
    -- Of others, too: what they bore once, and what the masks have just replaced.
    for part in
        delete from app.former_values as former
        where former.tenant_id = asked.tenant_id and former.value ~* app.naming_pattern(hidden)
        returning coalesce(
            app.hold_on_customer(former.tenant_id, former.customer_id, now()),
            app.hold_on_conversation(former.tenant_id, former.conversation_id, former.customer_id, now())
        ) as hold
    loop
        if part.hold is not null then
            raise exception 'a former value of a customer that names this one is under legal hold %', part.hold
                using errcode = 'restrict_violation', hint = 'romashka holds release ends it';
        end if;
    end loop;
    -- What the trail has of rows that name the person, or did once: until just now, or long ago.
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
    perform app.swap_setting('etl.reason', said_before);
end;
$$;
comment on function app.erase_customer(uuid, boolean) is
    'Deletes the customer of a request with all that is theirs, masks what names them elsewhere in the tenant, and takes both out of the trail. Deleted for the warehouse as retention deletes: facts without a person stay. Refuses what is held or has not landed. For one that is gone already it masks what names them again.';

revoke execute on function
    app.unclaimed_conversations(uuid, uuid), app.closed_columns(), app.words_of_set_up(uuid, text[]), app.borne_values(uuid, uuid),
    app.is_part_of(text, text, boolean), app.subject_values(uuid, uuid), app.written_forms(text[]), app.naming_pattern(text[]), app.like_patterns(text[]),
    app.mask_values(text, text[]), app.mask_rows(text, text, uuid, uuid[], text[]), app.take_off_lists(uuid, text[]),
    app.mask_elsewhere(uuid, text[]), app.erase_customer(uuid, boolean)
    from public;
grant execute on function app.subject_values(uuid, uuid), app.erase_customer(uuid, boolean) to service_role;
