-- the ready-made answers
select id, title, shortcut, content, category
from public.canned_responses
where is_active and language = %(language)s
order by usage_count desc, title
limit 50
