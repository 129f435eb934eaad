-- Takes back knowledge.sql, with the triggers that call its functions.

drop function if exists public.search_messages(text, integer);
drop function if exists public.search_knowledge_base(text, text, integer);
drop function if exists app.require_page(integer);
drop function if exists app.as_pattern(text);
drop function if exists public.update_knowledge_effectiveness() cascade;
drop function if exists public.create_knowledge_version() cascade;
drop function if exists app.refuse_category_circle() cascade;
