-- how many conversations each agent has at hand
select assigned_agent_id, count(*) as conversations, min(last_message_at) as waiting_since
from public.conversations
where assigned_agent_id is not null
    and status in ('active', 'open', 'assigned', 'human_handled', 'pending', 'escalated')
group by assigned_agent_id
