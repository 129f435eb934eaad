{# One key for a day of a channel, a department and an agent:
   as a column it joins where the agent is null, too. #}
{% macro daily_key(relation, day) -%}
    cast(md5(concat_ws(
        chr(31), {{ relation }}.tenant_id, {{ day }}, {{ relation }}.channel_type,
        {{ relation }}.department, coalesce(cast({{ relation }}.agent_id as text), '')
    )) as uuid)
{%- endmacro %}
