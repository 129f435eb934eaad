-- The one figure of a customer by name asks whether they have said no to analytics (functions/customers.sql). Of those who have
-- it goes now.

comment on table public.customer_consents is
    'Each decision of a customer about a purpose; the latest holds. Analytics: whoever said no has no avg_satisfaction. Marketing: whoever writes asks app.latest_consent().';
comment on column public.customer_profiles.avg_satisfaction is
    'Mean of the ratings of their conversations, kept by triggers; null where none was rated, and where the customer has said no to analytics.';

update public.customer_profiles as customer
set avg_satisfaction = null
from (
    select distinct on (decision.tenant_id, decision.customer_id) decision.tenant_id, decision.customer_id, decision.granted
    from public.customer_consents as decision
    where decision.purpose = 'analytics'
    order by decision.tenant_id, decision.customer_id, decision.decided_at desc
) as latest
where latest.tenant_id = customer.tenant_id and latest.customer_id = customer.id and not latest.granted
    and customer.avg_satisfaction is not null;
