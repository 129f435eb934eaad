-- Takes back 018b_recent_activity.sql.

drop index public.idx_conversation_events_occurred_at;
