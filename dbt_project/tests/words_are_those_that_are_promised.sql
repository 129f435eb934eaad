-- One scan for all of them: a word that nobody expects falls out of every report that groups by it.
select
    analytics.tenant_id,
    analytics.conversation_id
from {{ ref('conversation_analytics') }} as analytics
where
    analytics.status not in ('active', 'pending', 'escalated', 'resolved', 'closed', 'unknown')
    or analytics.priority not in ('low', 'normal', 'high', 'urgent', 'unknown')
    or analytics.sentiment not in ('positive', 'neutral', 'negative', 'unknown')
    or analytics.opened_by not in ('customer', 'ai', 'agent', 'system', 'unknown')
    or analytics.touch not in ('none', 'one', 'two', 'many')
    or analytics.resolved_by not in ('ai', 'agent', 'abandoned')
    or analytics.resolution_type not in (
        'resolved:manual', 'resolved:automatic', 'closed:manual', 'closed:automatic'
    )
