-- no transaction
-- The inbox reads its page, and does not sort all of the tenant's conversations for it.
create index concurrently if not exists idx_conversations_last_message_at
on public.conversations (tenant_id, last_message_at, id);
