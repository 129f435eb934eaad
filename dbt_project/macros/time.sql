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
    cast({{ milliseconds }} * 0.001 as numeric(18, 3))
{%- endmacro %}

{# The tenant's local day of an instant. #}
{% macro local_day(instant, zone) -%}
    cast({{ instant }} at time zone {{ zone }} as date)
{%- endmacro %}

{% macro instant_of(milliseconds) -%}
    (timestamptz 'epoch' + {{ milliseconds }} * interval '1 millisecond')
{%- endmacro %}

{# The hour that the tenant's wall clock shows, 0 to 23. #}
{% macro local_hour(instant, zone) -%}
    cast(extract(hour from {{ instant }} at time zone {{ zone }}) as integer)
{%- endmacro %}
