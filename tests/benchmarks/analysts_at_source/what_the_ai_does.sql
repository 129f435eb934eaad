-- What the AI said, by the week of saying.
with today as (select (:as_of::timestamptz at time zone :zone)::date as day),
threshold as (
    select coalesce(max(setting_value #>> '{}'), '0.5')::numeric as share from public.system_settings
    where tenant_id = :tenant and setting_key = 'chatbot_handoff_threshold'
)
select date_trunc('week', m.created_at at time zone :zone)::date as week, count(*), round(avg(m.confidence_score), 4),
    count(*) filter (where m.confidence_score < threshold.share)
from public.messages as m, today, threshold
where m.tenant_id = :tenant and not m.is_internal and m.sender_type in ('ai', 'assistant', 'bot')
    and (m.created_at at time zone :zone)::date between today.day - 83 and today.day
group by week order by week
