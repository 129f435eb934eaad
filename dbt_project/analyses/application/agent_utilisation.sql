-- Operational dashboard: utilisation of each agent who is online, as of the data: what they have of what they can have.
select
    agents.agent_id as id,
    agents.open_conversations as current,
    agents.most_conversations as max,
    round(agents.utilisation, 4) as utilisation
from marts.agent_availability as agents
where agents.is_online
order by agents.utilisation desc nulls last, id;
