-- Grain: one row per tenant and local month with a conversation of a known customer.
with customers as (
    select
        started.tenant_id,
        started.started_month,
        started.customer_key,
        count(*) as conversations
    from {{ ref('conversation_analytics') }} as started
    where started.customer_key is not null
    group by started.tenant_id, started.started_month, started.customer_key
)

select
    customers.tenant_id,
    customers.started_month as date,
    count(*) as customers,
    count(*) filter (where customers.conversations > 1) as returning_customers,
    cast(sum(customers.conversations) as bigint) as total_conversations
from customers
group by customers.tenant_id, customers.started_month
