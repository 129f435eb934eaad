-- Grain: one row per tenant, field and word that no mapping knows.
select
    words.tenant_id,
    words.field,
    words.word,
    cast(sum(words.occurrences) as bigint) as occurrences,
    count(*) as conversations
from {{ ref('int_unknown_words') }} as words
group by words.tenant_id, words.field, words.word
