from __future__ import annotations

import copy
from collections.abc import Callable

import orjson
import pytest

from engine.canonical.resource import Body, SharedBody

BODY = {"resourceType": "Practitioner", "name": [{"family": "Lê"}]}


def test_shared_body_is_written_once_and_equals_a_plain_one() -> None:
    shared = SharedBody(BODY)
    assert shared == BODY
    assert shared.text is shared.text
    assert shared.text == orjson.dumps(BODY) == orjson.dumps(shared)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(active=True),
        lambda body: body.pop("name"),
        lambda body: body.popitem(),
        lambda body: body.clear(),
        lambda body: body.setdefault("active", True),
        lambda body: body.__setitem__("active", True),
        lambda body: body.__delitem__("name"),
        lambda body: body.__ior__({"active": True}),
    ],
)
def test_shared_body_is_not_changed(change: Callable[[Body], object]) -> None:
    shared = SharedBody(BODY)
    with pytest.raises(TypeError, match="copy it first"):
        change(shared)
    assert shared == BODY


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, dict, SharedBody.copy, lambda body: body | {}])
def test_copy_of_a_shared_body_is_a_plain_one_that_may_change(copied: Callable[[Body], Body]) -> None:
    shared = SharedBody(BODY)
    assert shared.text
    body = copied(shared)
    body["active"] = True
    assert type(body) is dict
    assert "active" not in shared
