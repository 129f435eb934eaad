with source as (
    select landed.data_as_of
    from {{ source('raw', 'extract') }} as landed
)

select source.data_as_of
from source
