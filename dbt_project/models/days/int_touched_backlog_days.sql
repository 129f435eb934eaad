-- The days on which the touched conversations change the backlog now, or did when they were
-- published last: those of the past have to give them back.
{{ config(
    materialized='table',
    indexes=[{'columns': ['tenant_id', 'changed_on'], 'unique': true}]
) }}
select
    changes.tenant_id,
    changes.changed_on
from {{ ref('int_backlog_changes') }} as changes
union
select
    published.tenant_id,
    published.changed_on
from {{ ref('stg_working_set') }} as touched
inner join {{ ref('stg_published_backlog_changes') }} as published
    on touched.tenant_id = published.tenant_id
    and touched.conversation_id = published.conversation_id
union
select
    days_asked_for.tenant_id,
    days_asked_for.changed_on
from {{ ref('stg_backlog_days_asked_for') }} as days_asked_for
