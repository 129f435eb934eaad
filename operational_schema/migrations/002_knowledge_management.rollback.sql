-- Takes back 002_knowledge_management.sql. Refuses to lose rows, unless the setting app.force_rollback is on.

do $$
declare
    lost text;
    has_rows boolean;
begin
    foreach lost in array array[
        'public.conversation_context', 'public.intent_patterns', 'public.knowledge_analytics',
        'public.knowledge_versions', 'public.knowledge_items', 'public.knowledge_categories'
    ] loop
        execute format('lock table %s in access exclusive mode', lost);
        execute format('select exists (select from %s)', lost) into has_rows;
        if has_rows and coalesce(current_setting('app.force_rollback', true), '') <> 'on' then
            raise exception 'the rows of % would be lost', lost using hint = 'romashka migrate down --force loses them';
        end if;
    end loop;
end;
$$;

drop index public.idx_messages_content_trgm;
drop table public.conversation_context;
drop table public.intent_patterns;
drop table public.knowledge_analytics;
drop table public.knowledge_versions;
drop table public.knowledge_items;
drop table public.knowledge_categories;
-- The index's words go with the extension, which other schemas may use: then this refuses, and says who.
drop extension pg_trgm;
drop function app.public_tenant_id();
revoke usage on schema app from anon;
