-- Customers by the month of their conversations.
with today as (select (:as_of::timestamptz at time zone :zone)::date as day),
customers as (
    select date_trunc('month', created_at at time zone :zone)::date as month, customer_id, count(*) as conversations
    from public.conversations, today
    where tenant_id = :tenant and customer_id is not null
        and (created_at at time zone :zone)::date between date_trunc('month', today.day) - interval '6 months' and today.day
    group by 1, 2
)
select month, count(*), count(*) filter (where conversations > 1) from customers group by month order by month
