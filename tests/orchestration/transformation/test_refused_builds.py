"""Builds that are wrong: readers keep the last generation, and are told why.

Belongs here: data tests, contracts and keys that refuse a build. Not here: what a right one is about (`test_transform.py`).
"""

from dataclasses import replace

import pytest

from orchestration.errors import WarehouseError
from orchestration.transformation.checks import ChecksFailedError
from orchestration.transformation.plan import DataTest
from tests.orchestration.transformation.conftest import Desk, begin, of, say


def test_a_failing_test_leaves_the_last_generation_and_mended_it_is_made_up_for(desk: Desk) -> None:
    """O3: a message whose conversation never landed would be missing from every sum."""
    told = begin(desk)
    desk.refresh()
    say(desk, told, "ai")
    desk.land()
    stray = "update raw.messages set conversation_id = %s where sender_type = 'ai'"
    desk.warehouse.execute(stray, (desk.tenant,))
    desk.warehouse.execute("insert into ops.touched_conversations values (%s, %s)", (desk.tenant, desk.tenant))
    expected = r"data test \w+ found 1 rows in .*, the first is tenant_id "
    with pytest.raises(ChecksFailedError, match=expected + ".*; the marts keep the last generation") as refused:
        desk.transformer.transform()
    assert {each.test.name for each in refused.value.checked if not each.passed} == {
        "every_row_has_its_conversation_and_its_tenant",
        "days_hold_what_the_source_holds",
    }
    assert of(desk, told, "total_messages") == 1
    assert desk.warehouse.execute("select generation from marts.publication").fetchone() == (1,)
    desk.warehouse.execute(stray, (told,))
    desk.transformer.transform()
    assert of(desk, told, "total_messages") == 2


def test_a_test_that_only_warns_is_told_and_published(desk: Desk) -> None:
    """O3."""
    told = begin(desk)
    found = DataTest("something_is_odd", "select 'this' as what", "conversation_analytics", only_warns=True)
    desk.transformer.plan = replace(desk.transformer.plan, tests=(*desk.transformer.plan.tests, found))
    done = desk.refresh()
    assert of(desk, told, "total_messages") == 1
    assert done.warnings == [
        "data test something_is_odd found 1 rows in conversation_analytics, the first is what this; published all the same"
    ]


def test_a_model_of_other_columns_fails_before_any_reader_does(desk: Desk) -> None:
    """O6: at the build."""
    plan_of_today = desk.transformer.plan
    models = tuple(
        replace(model, query=f"select made.*, 1 as one_more from ({model.query}) as made")
        if model.name == "daily_metrics"
        else model
        for model in plan_of_today.models
    )
    begin(desk)
    desk.transformer.plan = replace(plan_of_today, models=models)
    with pytest.raises(
        WarehouseError, match="model daily_metrics breaks its contract: one_more is int4, promised is no"
    ):
        desk.refresh()
    assert desk.warehouse.execute("select count(*) from marts.publication").fetchone() == (0,)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_double_is_refused_in_the_first_build_and_in_every_later_one(desk: Desk, is_first: bool) -> None:
    desk.transformer.keep_promises()
    begin(desk)
    if not is_first:
        desk.refresh()
        desk.refresh(full=True)
        begin(desk)
    right = desk.published()
    doubled = tuple(
        replace(model, query=f"({model.query}) union all ({model.query})")
        if model.name == "int_hourly_happenings"
        else model
        for model in desk.transformer.plan.models
    )
    desk.transformer.plan = replace(desk.transformer.plan, models=doubled)
    desk.warehouse.execute("update ops.published_models set fingerprint = %s", (desk.transformer.plan.fingerprint,))
    said = "could not create unique index" if is_first else "duplicate key value"
    with pytest.raises(WarehouseError, match=rf"{said} .*int_hourly_happenings.*; the marts keep the last"):
        desk.refresh()
    assert desk.published() == right
