-- Knowledge: its tree without circles, what an article said before, what it was good for, and finding it.

create or replace function app.refuse_category_circle()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    above uuid := new.parent_id;
begin
    -- One at a time: two who put each other's category below their own would both see none of it.
    perform pg_advisory_xact_lock(hashtextextended('knowledge_categories ' || new.tenant_id, 0));
    while above is not null loop
        if above = new.id then
            raise exception 'category % would lie below itself', new.id using errcode = 'check_violation',
                hint = 'choose a parent that is not below it';
        end if;
        select category.parent_id into above
        from public.knowledge_categories as category
        where category.tenant_id = new.tenant_id and category.id = above;
    end loop;
    return null;
end;
$$;
comment on function app.refuse_category_circle() is 'Keeps the tree of categories a tree.';

create or replace trigger refuse_circle
after insert or update of parent_id on public.knowledge_categories
for each row when (new.parent_id is not null)
execute function app.refuse_category_circle();

create or replace function public.create_knowledge_version()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    new.version := old.version;
    if (new.title, new.content) is distinct from (old.title, old.content) then
        insert into public.knowledge_versions (tenant_id, knowledge_item_id, version, title, content, created_by)
        select
            old.tenant_id, old.id, old.version, old.title, old.content,
            (
                select writer.id
                from public.profiles as writer
                where writer.tenant_id = old.tenant_id and writer.id = coalesce(old.updated_by, old.created_by)
            );
        new.version := old.version + 1;
        new.updated_by := coalesce(
            (
                select writer.id
                from public.profiles as writer
                where writer.tenant_id = new.tenant_id and writer.id = app.user_id()
            ),
            new.updated_by
        );
    end if;
    return new;
end;
$$;
comment on function public.create_knowledge_version() is
    'Keeps what an article said under the version under which it said it, and gives the new text the next one. Nobody else sets versions.';

create or replace trigger create_version
before update on public.knowledge_items
for each row
when ((new.title, new.content, new.version) is distinct from (old.title, old.content, old.version))
execute function public.create_knowledge_version();

create or replace function public.update_knowledge_effectiveness()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- What is forgotten was of use all the same.
    if etl.reason() in ('retention', 'erasure') then
        return null;
    end if;
    update public.knowledge_items as item
    set
        usage_count = greatest(item.usage_count + touched.uses, 0),
        effectiveness_score = (
            select (1.0 * count(*) filter (where rated.was_helpful) / nullif(count(*), 0))::numeric(7, 6)
            from public.knowledge_analytics as rated
            where rated.tenant_id = item.tenant_id and rated.knowledge_item_id = item.id and rated.was_helpful is not null
        )
    from (
        select side.knowledge_item_id, sum(side.uses)::integer as uses
        from (
            values
                (case when tg_op <> 'INSERT' then old.knowledge_item_id end, -1),
                (case when tg_op <> 'DELETE' then new.knowledge_item_id end, 1)
        ) as side (knowledge_item_id, uses)
        where side.knowledge_item_id is not null
        group by side.knowledge_item_id
        order by side.knowledge_item_id
    ) as touched
    where item.tenant_id = coalesce(new.tenant_id, old.tenant_id) and item.id = touched.knowledge_item_id;
    return null;
end;
$$;
comment on function public.update_knowledge_effectiveness() is
    'Counts an article''s uses, and keeps the share that helped of those that somebody rated: null before the first rating.';

create or replace trigger count_use
after insert or delete on public.knowledge_analytics
for each row execute function public.update_knowledge_effectiveness();

create or replace trigger count_rating
after update on public.knowledge_analytics
for each row
when ((new.knowledge_item_id, new.was_helpful) is distinct from (old.knowledge_item_id, old.was_helpful))
execute function public.update_knowledge_effectiveness();

create or replace function app.as_pattern(said text)
returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select '%' || replace(replace(replace(said, '\', '\\'), '%', '\%'), '_', '\_') || '%'
$$;
comment on function app.as_pattern(text) is 'The pattern of like that finds a text anywhere, whatever signs it holds.';

create or replace function app.require_page(rows_asked integer)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    if rows_asked is null or rows_asked not between 1 and 100 then
        raise exception '% rows cannot be asked for: ask for 1 to 100', coalesce(rows_asked::text, 'no number of')
            using errcode = 'invalid_parameter_value';
    end if;
end;
$$;
comment on function app.require_page(integer) is 'Refuses a page of a size that no screen shows.';

-- These two run with their owner's rights, because under row level security the index of three-letter parts is never asked:
-- what the policies of the tables say is said here again, and a test holds the two against each other.
create or replace function public.search_knowledge_base(query text, language text default 'en', max_results integer default 10)
returns table (
    id uuid, title text, content text, category text, confidence_score numeric, effectiveness_score numeric, similarity real
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = 'force_custom_plan'
as $$
declare
    tenant uuid := coalesce(app.tenant_id(), app.public_tenant_id());
    is_staff boolean := coalesce(app.role() in ('agent', 'admin'), false);
    asked text := btrim(coalesce(query, ''));
begin
    perform app.require_page(max_results);
    if asked = '' then
        return;
    end if;
    -- Not a SET clause: in a session that has not loaded the extension yet, only a superuser may give a function one.
    perform set_config('pg_trgm.word_similarity_threshold', '0.4', true);
    return query
        select
            item.id, item.title, item.content, category.name, item.confidence_score, item.effectiveness_score,
            greatest(extensions.word_similarity(asked, item.title), extensions.word_similarity(asked, item.content))
        from public.knowledge_items as item
        left join public.knowledge_categories as category
            on category.tenant_id = item.tenant_id and category.id = item.category_id
        where item.tenant_id = tenant and item.status = 'active' and (item.is_public or is_staff)
            and item.language = search_knowledge_base.language
            and (
                item.title ilike app.as_pattern(asked) or item.content ilike app.as_pattern(asked)
                or item.title operator(extensions.%>) asked or item.content operator(extensions.%>) asked
            )
        order by 7 desc, item.effectiveness_score desc nulls last, item.id
        limit max_results;
end;
$$;
comment on function public.search_knowledge_base(text, text, integer) is
    'Active articles of a language that hold the text, or words like it (trigrams): the most similar first, then those that helped most often. Visitors and users find what is public.';

create or replace function public.search_messages(query text, max_results integer default 20)
returns table (id uuid, conversation_id uuid, sender_type text, content text, created_at timestamptz)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = 'force_custom_plan'
as $$
declare
    tenant uuid := app.tenant_id();
    asked text := btrim(coalesce(query, ''));
begin
    perform app.require_page(max_results);
    if asked = '' or coalesce(app.role() not in ('agent', 'admin'), true) then
        return;
    end if;
    return query
        select message.id, message.conversation_id, message.sender_type, message.content, message.created_at
        from public.messages as message
        where message.tenant_id = tenant and message.content ilike app.as_pattern(asked)
        order by message.created_at desc, message.id
        limit max_results;
end;
$$;
comment on function public.search_messages(text, integer) is
    'The tenant''s latest messages that hold a text, whatever signs it holds. For agents and admins.';

revoke execute on function
    app.refuse_category_circle(), public.create_knowledge_version(), public.update_knowledge_effectiveness(),
    app.as_pattern(text), app.require_page(integer), public.search_knowledge_base(text, text, integer),
    public.search_messages(text, integer)
    from public, anon, authenticated;
grant execute on function public.search_knowledge_base(text, text, integer) to anon, authenticated, service_role;
grant execute on function public.search_messages(text, integer) to authenticated, service_role;
