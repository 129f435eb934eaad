-- Takes back 018a_inbox_order.sql.

drop index public.idx_conversations_last_message_at;
