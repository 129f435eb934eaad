-- What the tenants know: subjects in a tree, articles in several states, uses rated and unrated.

create temporary table seed_articles on commit drop as
select seed.*, tenant.id as tenant_id, tenant.slug, md5(format('seed article %s of %s', seed.number, tenant.slug))::uuid as id
from (values
    (1, 'Technical Support', 'How to reset a password', 'Choose "forgotten" on the page of logging in.', 'active', true, 'en'),
    (2, 'Billing', 'When an invoice is due', 'Within 14 days of its date.', 'active', true, 'en'),
    (3, 'Billing', 'Wann eine Rechnung fällig ist', 'Binnen 14 Tagen nach ihrem Datum.', 'active', false, 'de'),
    (4, null, 'How we answer complaints', 'First listen, then ask, then promise.', 'draft', false, 'en'),
    (5, 'Getting Started', 'The old order form', 'No longer in use.', 'archived', true, 'en')
) as seed (number, category, title, content, status, is_public, language)
cross join seed_tenants as tenant;

insert into public.knowledge_categories (id, tenant_id, name, description, parent_id, order_index, is_active, created_at)
select
    md5(format('seed category %s of %s', seed.name, tenant.slug))::uuid, tenant.id, seed.name, seed.description,
    case when seed.parent is not null then md5(format('seed category %s of %s', seed.parent, tenant.slug))::uuid end,
    seed.place, seed.is_active, tenant.monday - interval '30 days'
from seed_tenants as tenant
cross join (values
    (1, 'Getting Started', 'First steps', null, true),
    (2, 'Account Management', 'People and rights', null, true),
    (3, 'Technical Support', 'When it does not work', null, true),
    (4, 'Billing', 'Invoices and payment', 'Account Management', true),
    (5, 'Integrations', 'Other systems', null, false)
) as seed (place, name, description, parent, is_active)
order by tenant.id, seed.place
on conflict do nothing;

insert into public.knowledge_items (
    id, tenant_id, category_id, title, content, source_type, language, status, is_public, created_by, created_at
)
select
    article.id, article.tenant_id,
    case when article.category is not null
        then md5(format('seed category %s of %s', article.category, article.slug))::uuid end,
    article.title, article.content, 'manual', article.language, article.status, article.is_public, anna.id,
    tenant.monday - interval '20 days'
from seed_articles as article
inner join seed_tenants as tenant on tenant.id = article.tenant_id
inner join seed_people as anna on anna.tenant_id = article.tenant_id and anna.name = 'Anna Agent'
on conflict do nothing;

insert into public.knowledge_versions (
    id, tenant_id, knowledge_item_id, version, title, content, changes_description, created_by, created_at
)
select
    md5(format('seed version of %s', article.id))::uuid, article.tenant_id, article.id, 1, article.title,
    'Within 30 days of its date.', 'The term became shorter', anna.id, tenant.monday - interval '25 days'
from seed_articles as article
inner join seed_tenants as tenant on tenant.id = article.tenant_id
inner join seed_people as anna on anna.tenant_id = article.tenant_id and anna.name = 'Anna Agent'
where article.number = 2
on conflict do nothing;

-- Helped, did not, nobody said; one conversation used an article twice, another two of them.
insert into public.knowledge_analytics (
    id, tenant_id, knowledge_item_id, conversation_id, was_helpful, feedback_text, usage_context, created_at
)
select
    md5(format('seed use %s of %s', seed.number, conversation.id))::uuid, conversation.tenant_id,
    md5(format('seed article %s of %s', seed.article, conversation.slug))::uuid, conversation.id, seed.was_helpful,
    seed.feedback, seed.usage_context, conversation.began + interval '2 minutes'
from seed_conversations as conversation
inner join (values
    (1, 1, 1, true, null, 'chat'), (2, 2, 2, false, 'Too short', 'chat'), (3, 2, 2, null, null, 'suggestion'),
    (4, 9, 1, null, null, 'chat'), (5, 9, 2, true, 'Thanks!', 'search')
) as seed (number, conversation, article, was_helpful, feedback, usage_context) on seed.conversation = conversation.number
on conflict do nothing;

insert into public.intent_patterns (id, tenant_id, intent_name, language, patterns, examples, created_by, created_at)
select
    md5(format('seed intent %s of %s', seed.name, tenant.slug))::uuid, tenant.id, seed.name, seed.language, seed.patterns,
    '[]', ada.id, tenant.monday - interval '30 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    ('return', 'en', array['send back', 'return my order']), ('return', 'de', array['zurückschicken']),
    ('greeting', 'en', array['hello', 'good morning'])
) as seed (name, language, patterns)
on conflict do nothing;

insert into public.conversation_context (
    id, tenant_id, conversation_id, context_data, last_intent, conversation_summary, created_at
)
select
    md5(format('seed context of %s', conversation.id))::uuid, conversation.tenant_id, conversation.id,
    '{"order": "A-1001"}', 'return', 'Wants the money back.', conversation.began
from seed_conversations as conversation
where conversation.number = 7
on conflict do nothing;
