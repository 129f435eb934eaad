-- What is done with the audit trail: looking whether its links hold, taking a person's values out of it, ending its time.

create or replace function app.audit_value_findings(entry public.audit_logs, salts jsonb, erased jsonb)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
    known record;
begin
    for known in
        select
            named.name, entry.digests ->> named.name as digest, salts ->> named.name as salt,
            case named.name
                when 'request.ip_address' then to_jsonb(host(entry.ip_address))
                when 'request.user_agent' then to_jsonb(entry.user_agent)
                else entry.changes -> named.name
            end as value,
            erased ?| array[entry.user_id::text, case when named.name not like 'request.%' then entry.entity_id::text end]
                as may_be_erased
        from (
            select jsonb_object_keys(entry.digests) as name
            union
            select jsonb_object_keys(entry.changes)
            union
            select 'request.ip_address' where entry.ip_address is not null
            union
            select 'request.user_agent' where entry.user_agent is not null
        ) as named
        order by named.name
    loop
        if known.digest is null then
            return format('value %s was added', known.name);
        elsif known.digest like 'hidden:%' then
            if known.value is distinct from '{"hidden": true}' then
                return format('value %s was changed', known.name);
            end if;
        elsif known.value is null or known.value = '{"erased": true}' or known.salt is null then
            if not coalesce(known.may_be_erased, false) then
                return format('value %s was taken, and no erasure says so', known.name);
            end if;
        elsif known.digest <> encode(sha256(
            decode(known.salt, 'hex')
            || convert_to(app.audit_parts(known.name, known.value::text), 'UTF8')
        ), 'hex') then
            return format('value %s was changed', known.name);
        end if;
    end loop;
    return null;
end;
$$;
comment on function app.audit_value_findings(public.audit_logs, jsonb, jsonb) is
    'The first value of an entry that its digest does not speak for; null when all is well.';

create or replace function app.audit_findings(of_tenant uuid default null)
returns table (tenant_id uuid, sequence bigint, finding text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with links as (
        select
            logged as entry,
            lag(logged.sequence) over chain as sequence_before,
            lag(logged.row_hash) over chain as hash_before,
            logged.tenant_id, logged.sequence, logged.previous_hash
        from public.audit_logs as logged
        where of_tenant is null or logged.tenant_id = of_tenant
        window chain as (partition by logged.tenant_id order by logged.sequence)
    ),
    erasures as (
        select logged.tenant_id, jsonb_agg(person.id) as people
        from public.audit_logs as logged
        cross join lateral jsonb_array_elements(logged.changes -> 'people' -> 'new') as person (id)
        where logged.action = 'erase' and logged.entity_type = 'audit_logs'
        group by logged.tenant_id
    ),
    pruned as (
        select
            logged.tenant_id, (logged.changes -> 'through' ->> 'new')::bigint as through,
            logged.changes -> 'row_hash' ->> 'new' as row_hash
        from public.audit_logs as logged
        where logged.action = 'prune' and logged.entity_type = 'audit_logs'
    ),
    found as (
        select
            link.tenant_id, link.sequence,
            case
                when link.sequence_before is null and link.sequence > 1 and not exists (
                    select from pruned
                    where pruned.tenant_id = link.tenant_id and pruned.through = link.sequence - 1
                        and pruned.row_hash = encode(link.previous_hash, 'hex')
                ) then format('entries 1 to %s are missing', link.sequence - 1)
                when link.sequence > link.sequence_before + 1
                    then format('entries %s to %s are missing', link.sequence_before + 1, link.sequence - 1)
                when (link.entry).row_hash <> app.audit_hash(link.entry) then format('entry %s was changed', link.sequence)
                when link.previous_hash <> link.hash_before
                    then format('entry %s does not follow entry %s', link.sequence, link.sequence_before)
                when link.sequence = 1 and link.previous_hash <> decode(repeat('00', 32), 'hex')
                    then 'entry 1 does not begin the chain'
                else format('entry %s: ', link.sequence)
                    || app.audit_value_findings(link.entry, coalesce(salt.salts, '{}'), coalesce(erasures.people, '[]'))
            end as finding
        from links as link
        left join app.audit_salt as salt on salt.tenant_id = link.tenant_id and salt.sequence = link.sequence
        left join erasures on erasures.tenant_id = link.tenant_id
        union all
        select
            ends.tenant_id, coalesce(ends.last_sequence, 0) + 1,
            case
                when ends.sequence is null then format('the end of the chain is not known: it has entry %s', ends.last_sequence)
                when ends.sequence > coalesce(ends.last_sequence, 0)
                    then format('entries %s to %s are missing', coalesce(ends.last_sequence, 0) + 1, ends.sequence)
                else format('entry %s is not the end that is known, %s', ends.last_sequence, ends.sequence)
            end
        from (
            select
                coalesce(head.tenant_id, last.tenant_id) as tenant_id, head.sequence, head.row_hash,
                last.sequence as last_sequence, last.row_hash as last_hash
            from app.audit_head as head
            full join (
                select distinct on (logged.tenant_id) logged.tenant_id, logged.sequence, logged.row_hash
                from public.audit_logs as logged
                order by logged.tenant_id, logged.sequence desc
            ) as last on last.tenant_id = head.tenant_id
        ) as ends
        where (ends.sequence, ends.row_hash) is distinct from (ends.last_sequence, ends.last_hash)
            and (of_tenant is null or ends.tenant_id = of_tenant)
    )
    select distinct on (found.tenant_id) found.tenant_id, found.sequence, found.finding
    from found
    where found.finding is not null
    order by found.tenant_id, found.sequence, found.finding;
end;
$$;
comment on function app.audit_findings(uuid) is
    'The first link of each tenant''s audit chain (or of one tenant''s) that does not hold; no row when all do. Entries taken from the end together with app.audit_head are seen by romashka audit verify --checkpoint only.';

create or replace function app.audit_erased(changes jsonb)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(jsonb_object_agg(
        change.key, case when change.value = '{"hidden": true}' then change.value else '{"erased": true}' end
    ), '{}')
    from jsonb_each(audit_erased.changes) as change
$$;
comment on function app.audit_erased(jsonb) is 'The names of what changed, without the values.';

create or replace function app.erase_from_audit(of_tenant uuid, people uuid[])
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    touched bigint;
begin
    perform app.log_audit(of_tenant, 'erase', 'audit_logs', null, jsonb_build_object(
        'people', jsonb_build_object('old', null, 'new', to_jsonb(people))
    ));
    update app.audit_salt as salt
    set salts = case
        when logged.entity_id = any(people) and logged.user_id = any(people) then '{}'
        when logged.user_id = any(people) then salt.salts - array['request.ip_address', 'request.user_agent']
        else (
            select coalesce(jsonb_object_agg(kept.key, kept.value), '{}')
            from jsonb_each(salt.salts) as kept
            where kept.key like 'request.%'
        )
    end
    from public.audit_logs as logged
    where logged.tenant_id = of_tenant and salt.tenant_id = of_tenant and salt.sequence = logged.sequence
        and (logged.entity_id = any(people) or logged.user_id = any(people));
    -- What this transaction has done to their rows: at the commit its values would follow those of before into the trail.
    update app.audit_waiting as waiting
    set
        changes = app.audit_erased(waiting.changes),
        salts = (
            select coalesce(jsonb_object_agg(kept.key, kept.value), '{}')
            from jsonb_each(waiting.salts) as kept
            where kept.key like 'request.%'
        )
    where waiting.xid = pg_current_xact_id() and waiting.tenant_id = of_tenant and waiting.entity_id = any(people);
    update public.audit_logs as logged
    set
        changes = case when logged.entity_id = any(people) then app.audit_erased(logged.changes) else logged.changes end,
        ip_address = case when logged.user_id = any(people) then null else logged.ip_address end,
        user_agent = case when logged.user_id = any(people) then null else logged.user_agent end
    where logged.tenant_id = of_tenant and (logged.entity_id = any(people) or logged.user_id = any(people));
    get diagnostics touched = row_count;
    return touched;
end;
$$;
comment on function app.erase_from_audit(uuid, uuid[]) is
    'Takes out of a tenant''s trail the values of what bears one of these keys (a customer, its conversations, an agent), with their salts, and where an agent was when asking; that something was done, when and by whom stays, and so does the chain. Returns the number of entries.';

create or replace function app.prune_audit(of_tenant uuid, before timestamptz)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    last_one public.audit_logs;
    gone bigint;
begin
    if exists (
        select from public.legal_holds as hold
        where hold.tenant_id = of_tenant and num_nonnulls(hold.conversation_id, hold.customer_id) = 0
            and hold.released_at is null and coalesce(hold.expires_at > now(), true)
    ) then
        return 0;
    end if;
    -- The lock of the chain: what is pruned must stay the oldest part of it.
    perform from app.audit_head as head where head.tenant_id = of_tenant for update;
    -- Of the oldest entries only, not of all that are young: that would read a year of them for each batch.
    select oldest.* into last_one
    from public.audit_logs as oldest
    where oldest.tenant_id = of_tenant and oldest.sequence = (
        select max(passing.sequence)
        from (
            select batch.sequence, bool_and(batch.created_at < before) over (order by batch.sequence) as may_go
            from (
                select logged.sequence, logged.created_at
                from public.audit_logs as logged
                where logged.tenant_id = of_tenant
                order by logged.sequence
                limit 1000
            ) as batch
        ) as passing
        where passing.may_go
    );
    if last_one.id is null then
        return 0;
    end if;
    perform app.log_audit(of_tenant, 'prune', 'audit_logs', null, jsonb_build_object(
        'through', jsonb_build_object('old', null, 'new', last_one.sequence),
        'row_hash', jsonb_build_object('old', null, 'new', encode(last_one.row_hash, 'hex'))
    ));
    delete from app.audit_salt as salt where salt.tenant_id = of_tenant and salt.sequence <= last_one.sequence;
    delete from public.audit_logs as logged where logged.tenant_id = of_tenant and logged.sequence <= last_one.sequence;
    get diagnostics gone = row_count;
    return gone;
end;
$$;
comment on function app.prune_audit(uuid, timestamptz) is
    'Deletes the oldest entries of a tenant''s trail, at most 1000, as far as all of them are older than an instant, and logs up to which; none while all of the tenant is under a legal hold. Returns how many: called until it returns 0, with a commit after each, it has ended the trail''s time. It holds the chain''s lock: call it in a transaction of its own.';

revoke execute on function
    app.audit_value_findings(public.audit_logs, jsonb, jsonb), app.audit_findings(uuid),
    app.audit_erased(jsonb), app.erase_from_audit(uuid, uuid[]), app.prune_audit(uuid, timestamptz)
    from public;
