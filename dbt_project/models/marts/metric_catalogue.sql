-- Grain: one row per column of a mart that says something; made of the descriptions of its columns.
{% set described = [] %}
{% for node in graph.nodes.values() if node.resource_type == 'model' and node.schema == 'build' %}
    {% for column in node.columns.values() if column.config.meta.unit is defined %}
        {% do described.append((node.name, column)) %}
    {% endfor %}
{% endfor %}
{% if not described %}
    {# Without a project in hand, as when the SQL is linted, there is nothing to list. #}
    {% do described.append(('', {'name': '', 'description': '', 'config': {'meta': {}}})) %}
{% endif %}
select
    listed.sql_name,
    listed.mart,
    listed.metric,
    listed.definition,
    listed.unit,
    listed.cohort,
    listed.is_additive,
    listed.null_rule
from (
    values
    {% for mart, column in described | sort(attribute='0') %}
        {{ catalogue_row(mart, column) }}{{ ',' if not loop.last }}
    {% endfor %}
) as listed (
    sql_name, mart, metric, definition, unit, cohort, is_additive, null_rule
)
