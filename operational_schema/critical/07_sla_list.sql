-- promises that are still to be kept, the most urgent first
select conversation_id, sla_type, created_at + target_time_seconds * interval '1 second' as due_at
from public.sla_tracking
where status = 'pending'
order by due_at, conversation_id
limit 50
