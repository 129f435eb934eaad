{# One key for a row of several dimensions: as a column it joins where one of them is null, too. #}
{% macro row_key(dimensions) -%}
    cast(md5(concat_ws(
        chr(31)
        {%- for dimension in dimensions %}, coalesce(cast({{ dimension }} as text), ''){% endfor %}
    )) as uuid)
{%- endmacro %}
