"""Settings: what the environment says, and what it may not say."""

import re
from pathlib import Path

import pytest

from orchestration import settings
from orchestration.errors import WarehouseError

ROOT = Path(settings.__file__).parent.parent


def test_without_any_variable_everything_is_local() -> None:
    found = settings.load({})
    assert (found.operational_url, found.warehouse_url, found.smtp_url) == (None, None, None)
    assert found.home == Path(".romashka").resolve()
    assert found.mail == found.home / "mail"


def test_an_empty_variable_is_no_variable() -> None:
    assert settings.load({"ROMASHKA_OPERATIONAL_URL": " "}).operational_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROMASHKA_OPERATIONAL_URL", "mysql://h/d"),
        ("ROMASHKA_WAREHOUSE_URL", "just-a-word"),
        ("ROMASHKA_SMTP_URL", "http://mail"),
    ],
)
def test_a_url_of_the_wrong_kind_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(WarehouseError, match=name) as refused:
        settings.load({name: value})
    assert value not in str(refused.value), "a URL may hold a password"


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://u:can%ary@h/d",
        "postgresql://u:can ary@h/d",
        "postgresql://u:p@can-ary@h/d",
        "postgresql://u:can/ary@h/d",
        "postgresql://u:54/canary@h/d",
        "postgresql://h:canary/d",
        "postgresql://h/d?canary=canary",
    ],
)
@pytest.mark.parametrize("name", ["ROMASHKA_OPERATIONAL_URL", "ROMASHKA_WAREHOUSE_URL"])
def test_a_password_that_spoils_its_url_is_in_no_error(name: str, value: str) -> None:
    """S16: libpq would repeat it, or look for a host or a database of that name."""
    with pytest.raises(WarehouseError, match=f"{name} cannot be read: .* %40 for @") as refused:
        settings.load({name: value})
    assert not re.search("can.?ary", str(refused.value))
    assert refused.value.__context__ is None, "a traceback shows it"


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://u:p%40%2F%25%20w@h/d",
        "postgresql://u:p[?#:w@h1:1,h2:2/d",
        "postgres:///d?host=/tmp&port=5433&user=a@b",
        "postgresql://u@[::1]:5/d%40e",
    ],
)
def test_a_url_that_libpq_reads_as_it_is_meant_is_taken(value: str) -> None:
    assert settings.load({"ROMASHKA_WAREHOUSE_URL": value}).warehouse_url == value


@pytest.mark.parametrize("name", ["ROMASHKA_SMTP_URL", "ROMASHKA_UNSUBSCRIBE_URL", "ROMASHKA_FILES_URL"])
@pytest.mark.parametrize("value", ["smtp://u:canary[@h", "https://u:canary℀@h"])
def test_an_address_that_python_cannot_split_is_in_no_error(name: str, value: str) -> None:
    with pytest.raises(WarehouseError, match=name) as refused:
        settings.load({name: value})
    assert "canary" not in str(refused.value)
    assert refused.value.__context__ is None


def test_what_may_be_secret_is_in_no_repr() -> None:
    """S16: settings in a log or an error say nothing."""
    secrets = {
        "ROMASHKA_OPERATIONAL_URL": "postgresql://user:canary@h/d",
        "ROMASHKA_WAREHOUSE_URL": "postgresql://user:canary@h/d",
        "ROMASHKA_SMTP_URL": "smtp://user:canary@h",
        "ROMASHKA_MAIL_KEY": "canary",
        "ROMASHKA_PSEUDONYM_KEY": "canary",
        "ROMASHKA_SECRET_KEYS": "k:canary",
    }
    assert "canary" not in repr(settings.load(secrets))


def test_the_example_file_lists_every_variable() -> None:
    source = Path(settings.__file__).read_text(encoding="utf-8")
    read = set(re.findall(r'"(ROMASHKA_[A-Z_]+)"', source))
    listed = set(
        re.findall(r"^#? ?(ROMASHKA_[A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert read == listed


def test_no_other_module_reads_the_environment() -> None:
    allowed = {"orchestration/settings.py"}
    for folder in ("operational_schema", "orchestration", "reports"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            if re.search(r"os\.environ\[|os\.environ\.get|getenv", text):
                assert str(file.relative_to(ROOT)) in allowed | {"orchestration/dbt.py"}, (
                    f"{file} reads the environment"
                )
