-- The conversations as they were published last; read by key, as a view with a CTE
-- cannot be.
select published.*
from {{ source('facts', 'conversation_analytics') }} as published
