{# Milliseconds of an instant: each instant is cut once, so that the parts of an interval add up to
   the whole. An infinite one has none: as an error, it stopped every tenant's build. #}
{% macro ms(instant) -%}
    cast(
        floor(extract(epoch from case when isfinite({{ instant }}) then {{ instant }} end) * 1000)
        as bigint
    )
{%- endmacro %}

{% macro ms_between(earlier, later) -%}
    ({{ ms(later) }} - {{ ms(earlier) }})
{%- endmacro %}

{% macro seconds(milliseconds) -%}
    cast({{ milliseconds }} / 1000.0 as numeric(18, 3))
{%- endmacro %}

{# The tenant's local day of an instant. #}
{% macro local_day(instant, zone) -%}
    cast({{ instant }} at time zone {{ zone }} as date)
{%- endmacro %}

{# Open milliseconds of the tenant before an instant: one look at the last opening that began.
   Null where its hours are not known, or not for that time. #}
{% macro open_ms_at(tenant_id, instant) -%}
    (
        select openings.opened_ms + least({{ ms(instant) }}, openings.closes_ms) - openings.opens_ms
        from {{ ref('stg_business_openings') }} as openings
        where openings.tenant_id = {{ tenant_id }} and openings.opens_ms <= {{ ms(instant) }}
        order by openings.opens_ms desc
        limit 1
    )
{%- endmacro %}

{# The other way round: the millisecond since 1970 at which that much open time has passed. Null where
   it lies beyond the time for which hours are known. #}
{% macro ms_of_open(tenant_id, open_ms) -%}
    (
        select
            case
                when openings.opens_ms + {{ open_ms }} - openings.opened_ms <= openings.closes_ms
                    then openings.opens_ms + {{ open_ms }} - openings.opened_ms
            end
        from {{ ref('stg_business_openings') }} as openings
        where openings.tenant_id = {{ tenant_id }} and openings.opened_ms < {{ open_ms }}
        order by openings.opened_ms desc, openings.opens_ms desc
        limit 1
    )
{%- endmacro %}

{% macro instant_of(milliseconds) -%}
    (timestamptz 'epoch' + {{ milliseconds }} * interval '1 millisecond')
{%- endmacro %}
