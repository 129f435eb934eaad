-- Who is an agent already gets the row that whoever becomes one has from now on (functions/agents.sql): not online, until they say so.

insert into public.agent_availability (tenant_id, agent_id)
select agent.tenant_id, agent.id
from public.profiles as agent
where agent.role = 'agent' and agent.is_active
on conflict do nothing;
