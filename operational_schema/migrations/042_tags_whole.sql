-- No list of tags holds a null, as no other list of texts does. With one in it "this tag is not there" is null and not true, and
-- a workflow's add_tag adds nothing.
-- Looked through at once: they are the tables of people's own words, and 038 did the same with the rest.
-- squawk-ignore-file constraint-missing-not-valid

update public.conversations set tags = array_remove(tags, null) where array_position(tags, null) is not null;
update public.customer_profiles set tags = array_remove(tags, null) where array_position(tags, null) is not null;
update public.knowledge_items set tags = array_remove(tags, null) where array_position(tags, null) is not null;
update public.canned_responses set tags = array_remove(tags, null) where array_position(tags, null) is not null;

alter table public.conversations add constraint conversations_tags_whole check (array_position(tags, null) is null);
alter table public.customer_profiles add constraint customer_profiles_tags_whole check (array_position(tags, null) is null);
alter table public.knowledge_items add constraint knowledge_items_tags_whole check (array_position(tags, null) is null);
alter table public.canned_responses add constraint canned_responses_tags_whole check (array_position(tags, null) is null);
