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

{# What the tenant's calendar and wall clock show at an instant. #}
{% macro local_time(instant, zone) -%}
    ({{ instant }} at time zone {{ zone }})
{%- endmacro %}

{# The tenant's local day of an instant. #}
{% macro local_day(instant, zone) -%}
    cast({{ local_time(instant, zone) }} as date)
{%- endmacro %}

{% macro instant_of(milliseconds) -%}
    (timestamptz 'epoch' + {{ milliseconds }} * interval '1 millisecond')
{%- endmacro %}

