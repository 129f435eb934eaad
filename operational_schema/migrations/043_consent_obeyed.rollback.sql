-- Takes back 043_consent_obeyed.sql.

update public.customer_profiles as customer
set avg_satisfaction = said.satisfaction
from (
    select conversation.tenant_id, conversation.customer_id, avg(conversation.satisfaction_score)::numeric(7, 6) as satisfaction
    from public.conversations as conversation
    group by conversation.tenant_id, conversation.customer_id
) as said
where said.tenant_id = customer.tenant_id and said.customer_id = customer.id
    and customer.avg_satisfaction is distinct from said.satisfaction;

comment on column public.customer_profiles.avg_satisfaction is
    'Mean of the ratings of their conversations, kept by triggers; null where none was rated.';
comment on table public.customer_consents is 'Each decision of a customer about a purpose; the latest holds.';
