"""Who may do what to the tables of 006_workflows_utilities.sql: settings.

Belongs here: a row of each table, who may select, insert, update, delete the tenant's rows, and what a new row needs. Not
here: trying it (`test_row_level_security.py`).
"""

from tests.operational_schema.access.people import ADMIN, MEMBERS, Cells

ROWS = """
insert into public.system_settings (tenant_id, setting_key, setting_value, is_public) values
    (%(tenant)s, 'rating_scale', '5', true), (%(tenant)s, 'ai_confidence_threshold', '0.8', false);
"""

ALLOWED: dict[str, Cells] = {
    "system_settings": (MEMBERS, ADMIN, ADMIN, ADMIN),
}

VALUES: dict[str, str] = {
    "system_settings": "tenant_id, setting_key, setting_value) values (%(tenant)s, 'new', '1'",
}
