-- who waits for an agent, by urgency and for how long
select id, priority, department, created_at
from public.conversations
where status in ('queued', 'escalated') and assigned_agent_id is null
order by array_position(array['urgent', 'high', 'medium', 'normal', 'low'], priority), created_at
limit 50
