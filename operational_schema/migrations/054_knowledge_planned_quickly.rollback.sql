-- Takes back 054_knowledge_planned_quickly.sql.

alter table public.knowledge_items
    alter column title set statistics -1,
    alter column content set statistics -1;
