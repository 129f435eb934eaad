-- articles that hold a word
select id, title, effectiveness_score
from public.knowledge_items
where status = 'active' and (title ilike '%%' || %(word)s || '%%' or content ilike '%%' || %(word)s || '%%')
order by effectiveness_score desc nulls last, id
limit 10
