-- Every day from 1990 on that has begun anywhere by the instant of the data.
select cast(days.day as date) as day
from {{ ref('stg_extract') }} as extract_state
cross join lateral generate_series(
    timestamp '1990-01-01',
    extract_state.data_as_of at time zone 'UTC' + interval '14 hours',
    interval '1 day'
) as days (day)
