"""Envelopes and the keys that seal them.

Belongs here: what needs no database. Not here: rows (`test_secret_columns.py`).
"""

import base64
import dataclasses
import traceback
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operational_schema import envelope, secret_keys
from operational_schema.envelope import Place
from operational_schema.errors import SchemaError
from operational_schema.secret_keys import KeyRing

CANARY = "canary-7f3a9c"
OLD, NEW = (base64.b64encode(bytes(range(first, first + 32))).decode() for first in (0, 100))
PLACE = Place(uuid.UUID(int=1), "integrations", "credentials", uuid.UUID(int=2))
places = st.builds(
    Place, st.uuids(), st.sampled_from(("integrations", "channels")), st.sampled_from(("a", "b")), st.uuids()
)


def ring(text: str) -> KeyRing:
    return secret_keys.read(text)


@given(secret=st.text(min_size=1), place=places)
def test_what_was_sealed_opens_in_its_place(secret: str, place: Place) -> None:
    sealed = envelope.seal(secret, place, ring(f"old:{OLD}"))
    assert envelope.opened(sealed, place, ring(f"new:{NEW},old:{OLD}")) == secret
    assert envelope.key_id(sealed) == "old"


def test_the_form_is_the_one_that_others_follow() -> None:
    """Made by hand from the description: whoever else seals or opens keeps to it, and so must every later version."""
    made = "v1.old.AAECAwQFBgcICQoL.N8FyaLaSrWn5YQr2Lyx-0Bn2rJACOxWhiA"
    assert envelope.opened(made, PLACE, ring(f"old:{OLD}")) == "pässwort"


def test_no_two_envelopes_are_alike() -> None:
    keys = ring(f"old:{OLD}")
    assert len({envelope.seal(CANARY, PLACE, keys) for _ in range(100)}) == 100


@given(elsewhere=places.filter(lambda place: place != PLACE))
def test_it_opens_nowhere_else(elsewhere: Place) -> None:
    keys = ring(f"old:{OLD}")
    with pytest.raises(SchemaError, match="sealed for another place"):
        envelope.opened(envelope.seal(CANARY, PLACE, keys), elsewhere, keys)


@pytest.mark.parametrize("part", dataclasses.fields(Place), ids=lambda part: part.name)
def test_each_part_of_its_place_is_bound(part: "dataclasses.Field[object]") -> None:
    keys = ring(f"old:{OLD}")
    moved = dataclasses.replace(PLACE, **{part.name: uuid.UUID(int=9) if part.name in ("tenant", "row") else "other"})
    with pytest.raises(SchemaError, match="sealed for another place"):
        envelope.opened(envelope.seal(CANARY, PLACE, keys), moved, keys)


@given(data=st.data())
def test_a_changed_envelope_does_not_open(data: st.DataObject) -> None:
    """Whichever character after the key's id becomes another one; of the last, some bits mean nothing."""
    keys = ring(f"old:{OLD}")
    sealed = envelope.seal(CANARY, PLACE, keys)
    at = data.draw(st.integers(len("v1.old."), len(sealed) - 2).filter(lambda at: sealed[at] != "."))
    changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    with pytest.raises(SchemaError, match="it was changed"):
        envelope.opened(changed, PLACE, keys)


@pytest.mark.parametrize(
    "stored", ["", CANARY, "v1.old", f"v2.old.{'A' * 16}.{'A' * 30}", f"v1.old.{'A' * 16}.{'A' * 9}"]
)
def test_what_is_no_envelope_is_said_to_be_none(stored: str) -> None:
    with pytest.raises(SchemaError, match=r"credentials of row .* holds no envelope: set it anew") as refused:
        envelope.opened(stored, PLACE, ring(f"old:{OLD}"))
    assert CANARY not in str(refused.value)


def test_a_lost_key_is_named_and_so_is_the_place() -> None:
    sealed = envelope.seal(CANARY, PLACE, ring(f"old:{OLD}"))
    with pytest.raises(
        SchemaError, match=r"integrations\.credentials of row .*: key \"old\" is not in ROMASHKA_SECRET_KEYS"
    ):
        envelope.opened(sealed, PLACE, ring(f"new:{NEW}"))
    with pytest.raises(SchemaError, match='key "old" is now another one'):
        envelope.opened(sealed, PLACE, ring(f"old:{NEW}"))


def test_the_first_key_seals_and_blanks_or_commas_separate() -> None:
    for text in (f"new:{NEW} old:{OLD}", f" new:{NEW},\n old:{OLD} ", f"new:{NEW.rstrip('=')}=,old:{OLD}"):
        assert (ring(text).active, set(ring(text).keys)) == ("new", {"new", "old"})
    urlsafe = base64.urlsafe_b64encode(bytes([255, 254, *range(30)])).decode()
    assert ring(f"k:{urlsafe}").keys["k"][0] == 255


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "ROMASHKA_SECRET_KEYS is not set"),
        ("  ", "ROMASHKA_SECRET_KEYS is not set"),
        (OLD, "entry 1 of ROMASHKA_SECRET_KEYS has no id"),
        (f"old:{OLD},{NEW}", "entry 2 of ROMASHKA_SECRET_KEYS has no id"),
        (f"o.l.d:{OLD}", "entry 1 of ROMASHKA_SECRET_KEYS has no id"),
        (f"old:{OLD},old:{NEW}", 'names key "old" twice'),
        (f"old:{OLD[:-4]}", 'key "old" of ROMASHKA_SECRET_KEYS is not 32 random bytes'),
        (f"old:{OLD}AAAA", "is not 32 random bytes"),
        ("old:correct-horse-battery-staple", "is not 32 random bytes"),
        (f"old:{base64.b64encode(bytes(32)).decode()}", "is not 32 random bytes"),
        ("old:🔑", "is not 32 random bytes"),
    ],
)
def test_a_text_that_spells_no_keys_is_refused_without_repeating_it(text: str | None, message: str) -> None:
    with pytest.raises(SchemaError) as refused:
        ring(text or "")
    assert message in str(refused.value)
    shown = "".join(traceback.format_exception(refused.value))
    assert not [key for key in (OLD, NEW, OLD[:-4], "battery") if key in shown]


def test_keys_are_in_no_repr() -> None:
    """S16."""
    keys = ring(f"old:{OLD}")
    assert repr(keys) == "KeyRing(active='old')"
    assert OLD[:8] not in f"{keys!r}{keys!s}"
