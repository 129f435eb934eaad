-- The days of conversations as they were published last; read by key, as a view with a CTE
-- cannot be.
select published.*
from {{ source('marts', 'conversation_days') }} as published
