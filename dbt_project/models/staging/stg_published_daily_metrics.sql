-- The days as they were published last; read by key, as a view with a CTE
-- cannot be.
select published.*
from {{ source('marts', 'daily_metrics') }} as published
