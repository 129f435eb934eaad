{# A number of a mart as a row: what its description says, and of that what it says of null. #}
{% macro catalogue_row(mart, column) -%}
    {% set said = column.description | trim %}
    {% set of_null = [] %}
    {% for sentence in said.split('. ') if sentence.startswith('Null') %}
        {% do of_null.append(sentence.rstrip('.') ~ '.') %}
    {% endfor %}
    (
        '{{ mart }}.{{ column.name }}',
        '{{ mart }}',
        '{{ column.name | replace("_", " ") }}',
        '{{ said | replace("'", "''") }}',
        '{{ column.config.meta.unit }}',
        '{{ column.config.meta.cohort }}',
        {{ 'true' if column.config.meta.additive else 'false' }},
        '{{ (of_null | join(' ') or 'Never null.') | replace("'", "''") }}'
    )
{%- endmacro %}
