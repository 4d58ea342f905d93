"""Values of fields and of free data differ when their JSON does; keys have no order."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from domain.contact.contact import differs

SCALARS = (
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-2, 2) | st.text("ab", max_size=1)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab"), inner)
)


@given(VALUES, VALUES)
@example(old=True, new=1)
@example(old=1, new=1.0)
@example(old=None, new=False)
def test_two_values_differ_when_their_json_does(old: object, new: object) -> None:
    assert differs(old, new) == (json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True))


@given(VALUES)
def test_a_value_does_not_differ_from_its_equal(value: object) -> None:
    assert not differs(value, json.loads(json.dumps(value)))
