-- no index is the beginning of another, which serves what it does
select index.indexrelid::regclass::text
from pg_index as index
inner join pg_class as class on class.oid = index.indexrelid
where class.relnamespace = 'public'::regnamespace
    and not index.indisunique and index.indexprs is null and index.indnatts = index.indnkeyatts
    and exists (
        select from pg_index as longer
        inner join pg_class as other on other.oid = longer.indexrelid
        cross join lateral (select index.indnkeyatts - 1 as last) as part
        where longer.indrelid = index.indrelid and other.relam = class.relam and longer.indisvalid
            and longer.indnkeyatts > index.indnkeyatts
            and longer.indpred::text is not distinct from index.indpred::text
            and (longer.indkey::int2[])[0:part.last] = (index.indkey::int2[])[0:part.last]
            and (longer.indclass::oid[])[0:part.last] = (index.indclass::oid[])[0:part.last]
            and (longer.indcollation::oid[])[0:part.last] = (index.indcollation::oid[])[0:part.last]
            and (longer.indoption::int2[])[0:part.last] = (index.indoption::int2[])[0:part.last]
    )
order by 1
