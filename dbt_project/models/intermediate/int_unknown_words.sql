-- Words that no mapping knows, by the conversation in which they stand. One that is no plain word
-- is not shown: it may be anything that somebody typed.
with words as (
    select
        messages.tenant_id,
        messages.conversation_id,
        'messages.sender_type' as field,
        messages.unknown_sender as word
    from {{ ref('stg_messages') }} as messages
    where messages.sender = 'unknown'
    union all
    select
        conversations.tenant_id,
        conversations.conversation_id,
        unknown.field,
        unknown.word
    from {{ ref('stg_conversations') }} as conversations
    cross join
        lateral (
            values
            ('conversations.status', conversations.unknown_status),
            ('conversations.priority', conversations.unknown_priority),
            ('conversations.channel_type', conversations.unknown_channel),
            ('conversations.sentiment', conversations.unknown_sentiment)
        ) as unknown (field, word)
    where unknown.word is not null
    union all
    select
        events.tenant_id,
        events.conversation_id,
        'conversation_events.to_status' as field,
        events.unknown_status as word
    from {{ ref('stg_conversation_events') }} as events
    where events.unknown_status is not null
),

shown as (
    select
        words.tenant_id,
        words.conversation_id,
        words.field,
        case when words.word ~ '^[a-z][a-z0-9_ -]{0,49}$' then words.word else '(no word)' end
            as word
    from words
)

select
    shown.tenant_id,
    shown.conversation_id,
    shown.field,
    shown.word,
    count(*) as occurrences
from shown
group by shown.tenant_id, shown.conversation_id, shown.field, shown.word
