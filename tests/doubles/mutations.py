"""Mutations: JSON texts with something else in them, for readers that must read or refuse whatever comes."""

import json
import re
from functools import reduce
from operator import getitem

from hypothesis import strategies as st

REMOVED = object()

keys = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)
edits = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 3), st.binary(max_size=3)), min_size=1)


def places(raw):
    """The place of every value in a JSON text, such as network.sizes[0]."""

    def inside(content, where):
        for key, value in content.items() if isinstance(content, dict) else enumerate(content):
            place = f"{where}.{key}".lstrip(".")
            yield place
            if isinstance(value, dict | list):
                yield from inside(value, place)

    return list(inside(json.loads(raw), ""))


def with_value(raw, place, value):
    """The text with another value at a place, or without that key."""
    path = [int(key) if key.isdigit() else key for key in re.findall(r"\w+", place)]
    content = json.loads(raw)
    target = reduce(getitem, path[:-1], content)
    if value is REMOVED:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return json.dumps(content).encode()


def edited(raw, changes):
    """The text after some `edits`: at each place so many bytes give way to others."""
    text = bytearray(raw)
    for place, length, new in changes:
        start = place % (len(text) + 1)
        text[start : start + length] = new
    return bytes(text)
