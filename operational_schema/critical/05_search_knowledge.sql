-- articles that hold a word
select id, title, effectiveness_score
from public.search_knowledge_base(%(word)s)
