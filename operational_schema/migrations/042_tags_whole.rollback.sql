-- Takes back 042_tags_whole.sql.

alter table public.canned_responses drop constraint canned_responses_tags_whole;
alter table public.knowledge_items drop constraint knowledge_items_tags_whole;
alter table public.customer_profiles drop constraint customer_profiles_tags_whole;
alter table public.conversations drop constraint conversations_tags_whole;
