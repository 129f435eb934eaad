-- Edits and deletions of what was said: who changed which message, note or file, when, and which of its columns. What it said is
-- nowhere in the trail, not even as a digest: whoever is erased would have to be looked for in entries about rows that are gone.
-- That something was said is in the row itself, and no insert pays for this.

create or replace function app.audited_edits()
returns table (table_name text, author text, watched text[])
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    values
        ('messages', 'sender_id', array['conversation_id', 'sender_type', 'sender_id', 'content', 'is_internal', 'message_type',
            'media_url', 'media_caption']),
        ('conversation_notes', 'agent_id', array['conversation_id', 'agent_id', 'note', 'note_type', 'is_internal']),
        ('file_attachments', 'uploaded_by', array['conversation_id', 'message_id', 'filename', 'file_path', 'file_size',
            'mime_type', 'file_hash', 'uploaded_by', 'storage_provider', 'is_public'])
$$;
comment on function app.audited_edits() is
    'Of what is said in conversations, which changes are logged: the column that names who said it, and the columns whose names are noted.';

create or replace function app.audit_edit()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    before constant jsonb := to_jsonb(old);
    after constant jsonb := to_jsonb(new);
    changed text[];
begin
    if not app.keeps_history() then
        return null;
    end if;
    changed := array(
        select watched.name
        from unnest(string_to_array(tg_argv[1], ',')) as watched (name)
        where before -> watched.name is distinct from after -> watched.name
            -- Who said it has left: one entry says so, and not one for all that they ever said.
            and not (
                watched.name = tg_argv[0] and after ->> watched.name is null and not exists (
                    select from public.profiles as author where author.id = (before ->> watched.name)::uuid
                )
            )
    );
    if cardinality(changed) > 0 then
        perform app.log_audit(
            new.tenant_id, 'update', tg_table_name, new.id,
            (select jsonb_object_agg(name.value, jsonb_build_object('changed', true)) from unnest(changed) as name (value))
            || jsonb_build_object(
                'conversation_id', jsonb_build_object('old', old.conversation_id, 'new', new.conversation_id)
            )
        );
    end if;
    return null;
end;
$$;
comment on function app.audit_edit() is 'Logs that something that was said is another: the names of the columns, no value.';

create or replace function app.audit_removal()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    reason constant text := app.audit_summary();
begin
    -- What went with its conversation is told by the conversation's entry.
    if reason is not null then
        perform app.log_audit_summary(gone.tenant_id, reason, tg_table_name || ' delete', count(*))
        from old_rows as gone
        inner join public.conversations as kept on kept.tenant_id = gone.tenant_id and kept.id = gone.conversation_id
        group by gone.tenant_id
        order by gone.tenant_id;
    else
        perform app.log_audit(gone.tenant_id, 'delete', tg_table_name, gone.id, jsonb_build_object(
            'conversation_id', jsonb_build_object('old', gone.conversation_id, 'new', null)
        ))
        from old_rows as gone
        inner join public.conversations as kept on kept.tenant_id = gone.tenant_id and kept.id = gone.conversation_id;
    end if;
    return null;
end;
$$;
comment on function app.audit_removal() is
    'Logs what was taken out of a conversation that stays; what the owner does in bulk, as one line for each tenant.';

create or replace function app.audit_emptying()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    emptied record;
begin
    for emptied in
        execute format('select tenant_id, count(*) as rows from public.%I group by 1 order by 1', tg_table_name)
    loop
        perform app.log_audit_summary(emptied.tenant_id, 'truncate', tg_table_name || ' truncate', emptied.rows);
    end loop;
    return null;
end;
$$;
comment on function app.audit_emptying() is 'Logs for each tenant how much of what was said a truncate took.';

do $$
declare
    planned record;
    statement text;
begin
    for planned in select edits.* from app.audited_edits() as edits loop
        foreach statement in array array[
            'create or replace trigger audit_update after update on public.%1$I for each row '
            'when ((%4$s) is distinct from (%5$s)) execute function app.audit_edit(%2$L, %3$L)',
            'create or replace trigger audit_delete after delete on public.%1$I referencing old table as old_rows '
            'for each statement execute function app.audit_removal()',
            'create or replace trigger audit_truncate before truncate on public.%1$I '
            'for each statement execute function app.audit_emptying()',
            'alter table public.%1$I enable always trigger audit_update, enable always trigger audit_delete, '
            'enable always trigger audit_truncate'
        ] loop
            execute format(
                statement, planned.table_name, planned.author, array_to_string(planned.watched, ','),
                (select string_agg(format('old.%I', name), ', ') from unnest(planned.watched) as name),
                (select string_agg(format('new.%I', name), ', ') from unnest(planned.watched) as name)
            );
        end loop;
    end loop;
end;
$$;

revoke execute on function
    app.audited_edits(), app.audit_edit(), app.audit_removal(),
    app.audit_emptying()
    from public;
