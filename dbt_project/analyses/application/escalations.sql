-- Human agent dashboard: escalations that are open, and how long they have been.
-- Shape: total, unassigned, oldestHours
select
    count(*) as total,
    count(*) filter (where analytics.agent_id is null) as unassigned,
    round(max(analytics.escalated_seconds) / 3600, 3) as "oldestHours"
from marts.conversation_analytics as analytics
where analytics.status = 'escalated';
