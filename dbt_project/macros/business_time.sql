{# Milliseconds that make a day of UTC, or a day's worth of open time. #}
{% macro day_of(milliseconds) -%}
    cast(floor({{ milliseconds }} / 86400000.0) as integer)
{%- endmacro %}

{# The stretch of time in which a millisecond lies; none where the tenant's hours are not known. #}
{% macro join_stretch(alias, tenant_id, milliseconds) -%}
left join {{ ref('stg_business_stretches') }} as {{ alias }}
    on {{ tenant_id }} = {{ alias }}.tenant_id
    and {{ day_of(milliseconds) }} = {{ alias }}.day
    and {{ milliseconds }} >= {{ alias }}.from_ms and {{ milliseconds }} < {{ alias }}.until_ms
{%- endmacro %}

{# Open time up to a millisecond that lies in a stretch. #}
{% macro opened_by(alias, milliseconds) -%}
    ({{ alias }}.opened_ms
    + case when {{ alias }}.open_day is null then 0 else {{ milliseconds }} - {{ alias }}.from_ms end)
{%- endmacro %}

{# The open stretch within, or at the end of which, that much open time has passed. #}
{% macro join_stretch_of_open(alias, tenant_id, opened_ms) -%}
left join {{ ref('stg_business_stretches') }} as {{ alias }}
    on {{ tenant_id }} = {{ alias }}.tenant_id
    and {{ day_of('(' ~ opened_ms ~ ' - 1)') }} = {{ alias }}.open_day
    and {{ opened_ms }} > {{ alias }}.opened_ms
    and {{ opened_ms }} <= {{ alias }}.opened_ms + {{ alias }}.until_ms - {{ alias }}.from_ms
{%- endmacro %}
