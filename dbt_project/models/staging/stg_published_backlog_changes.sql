-- The changes of the backlog as they were published last; read by key, as a view with a CTE
-- cannot be.
select published.*
from {{ source('facts', 'int_backlog_changes') }} as published
