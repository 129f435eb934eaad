-- no transaction
-- What happened last is read, and not sorted out of all that ever happened.
create index concurrently if not exists idx_conversation_events_occurred_at
on public.conversation_events (tenant_id, occurred_at desc, id);
