from __future__ import annotations

from typing import Any

from engine.canonical.resource import Resource
from engine.transforms.mapping_set import preview_origin
from engine.transforms.merging import merge_resources

ORIGIN = preview_origin("79991")


def resource(identity: str, index: int, body: dict[str, Any], **more: Any) -> Resource:
    return Resource("Patient", identity, body, ORIGIN, index, **more)


def test_resources_of_different_names_are_left_as_they_are() -> None:
    both = [resource("a", 0, {}), resource("b", 1, {})]
    assert merge_resources(both) is both


def test_later_element_replaces_the_earlier_and_the_numbers_close_up() -> None:
    merged = merge_resources(
        [
            resource("a", 0, {"gender": "male", "active": True}),
            resource("b", 1, {}),
            resource("a", 2, {"gender": "female"}),
            resource("c", 3, {"active": True}, deleted=("name",), inferred=("active",), weak=True),
        ]
    )
    assert [(one.id, one.place) for one in merged] == [("a", 0), ("b", 1), ("c", 2)]
    assert merged[2] == resource("c", 2, {"active": True}, deleted=("name",), inferred=("active",), weak=True)
    assert merged[0].body == {"gender": "female", "active": True}


def test_identifiers_gather() -> None:
    first, second = {"value": "1"}, {"value": "2"}
    (merged,) = merge_resources(
        [resource("a", 0, {"identifier": [first]}), resource("a", 1, {"identifier": [first, second]})]
    )
    assert merged.body["identifier"] == [first, second]


def test_what_is_inferred_gives_way_to_what_was_sent() -> None:
    sent, inferred = {"gender": "male"}, {"gender": "unknown"}
    for pair in (
        [resource("a", 0, sent), resource("a", 1, inferred, inferred=("gender",))],
        [resource("a", 0, inferred, inferred=("gender",)), resource("a", 1, sent)],
    ):
        (merged,) = merge_resources(pair)
        assert (merged.body["gender"], merged.inferred) == ("male", ())


def test_what_is_erased_later_is_gone_and_what_is_sent_later_is_not_erased() -> None:
    (erased,) = merge_resources([resource("a", 0, {"gender": "male"}), resource("a", 1, {}, deleted=("gender",))])
    assert (erased.body, erased.deleted) == ({}, ("gender",))
    (sent,) = merge_resources([resource("a", 0, {}, deleted=("gender",)), resource("a", 1, {"gender": "male"})])
    assert (sent.body, sent.deleted) == ({"gender": "male"}, ())


def test_an_identifier_of_which_there_is_one_is_replaced() -> None:
    first, second = {"value": "1"}, {"value": "2"}
    (merged,) = merge_resources([resource("a", 0, {"identifier": first}), resource("a", 1, {"identifier": second})])
    assert merged.body["identifier"] == second
