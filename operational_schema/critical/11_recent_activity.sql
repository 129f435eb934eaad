-- what happened last
-- an index has its order
select conversation_id, event_type, to_status, to_agent_id, score, occurred_at
from public.conversation_events
order by occurred_at desc, id
limit 20
