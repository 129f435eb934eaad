-- Customers' messages by the hour of the tenant's clock.
with today as (select (:as_of::timestamptz at time zone :zone)::date as day)
select extract(isodow from m.created_at at time zone :zone)::int as weekday,
    extract(hour from m.created_at at time zone :zone)::int as hour, count(*)
from public.messages as m, today
where m.tenant_id = :tenant and not m.is_internal and m.sender_type in ('user', 'customer', 'visitor')
    and (m.created_at at time zone :zone)::date between today.day - 55 and today.day
group by 1, 2 order by 1, 2
