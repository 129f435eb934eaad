-- the earlier conversations of a customer
select id, status, channel_type, created_at, resolved_at, satisfaction_score
from public.conversations
where customer_id = %(customer)s
order by created_at desc
limit 20
