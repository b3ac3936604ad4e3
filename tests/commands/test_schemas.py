"""Schemas for editors: they take every file that the readers take, and refuse what those refuse."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from engine.commands.schemas import KINDS, schema_bytes
from engine.config.settings import ROOT
from engine.language.document import read_document
from engine.language.keys import Keys
from engine.routes import keys as route_keys
from engine.routes.load import FILE_KEYS, ROUTE_KEYS
from engine.transforms import keys
from engine.transforms.read_files import (
    DATATYPE_KEYS,
    GROUP_KEYS,
    MESSAGE_KEYS,
    OVERLAY_KEYS,
    RESOURCE_KEYS,
    SEGMENT_KEYS,
)
from engine.transforms.read_rules import ALTERNATIVE_KEYS, TEST_KEYS
from engine.transforms.tables import CODE_KEYS, TABLE_KEYS, TABLE_TEST_KEYS
from engine.views import keys as view_keys
from engine.views.read import COLUMN_KEYS, CONSTANT_KEYS, SELECT_KEYS, TAG_KEYS, VIEW_KEYS, WHERE_KEYS

MAPPINGS = ROOT / "mappings"
SHIPPED = [
    *(("message", path) for path in sorted(MAPPINGS.glob("standard/messages/*.yaml"))),
    *(("segment", path) for path in sorted(MAPPINGS.glob("standard/segments/*.yaml"))),
    *(("datatype", path) for path in sorted(MAPPINGS.glob("standard/datatypes/*.yaml"))),
    *(("table", path) for path in sorted(MAPPINGS.glob("standard/tables/*.yaml"))),
    *(("overlay", path) for path in sorted(MAPPINGS.glob("facilities/*.yaml")) if path.name != "registry.yaml"),
    *(("routes", path) for path in sorted(MAPPINGS.glob("routes/*.yaml"))),
    *(("alerts", path) for path in sorted(MAPPINGS.glob("alerts/*.yaml"))),
    *(("profile", path) for path in sorted(MAPPINGS.glob("profiles/*.yaml"))),
    *(("view", path) for path in sorted(MAPPINGS.glob("views/*.yaml"))),
    ("registry", MAPPINGS / "facilities" / "registry.yaml"),
    ("topics", MAPPINGS / "topics.yaml"),
]


@cache
def validator(kind: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(orjson.loads(schema_bytes(kind)))


def is_taken(kind: str, body: Any) -> bool:
    return validator(kind).is_valid(body)


@pytest.mark.parametrize(("kind", "path"), SHIPPED, ids=lambda one: one.name if isinstance(one, Path) else one)
def test_every_shipped_file_fits_its_schema(kind: str, path: Path) -> None:
    body = read_document(path).plain()
    assert [error.message for error in validator(kind).iter_errors(body)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_schema_is_one_and_stands_in_the_folder_of_the_mappings(kind: str) -> None:
    jsonschema_rs.meta.validate(orjson.loads(schema_bytes(kind)))
    assert (MAPPINGS / "schemas" / f"{kind}.json").read_bytes() == schema_bytes(kind), "stale: run `make docs`"


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        (keys.MESSAGE, MESSAGE_KEYS),
        (keys.SEGMENT, SEGMENT_KEYS),
        (keys.DATATYPE, DATATYPE_KEYS),
        (keys.GROUP, GROUP_KEYS),
        (keys.RESOURCE, RESOURCE_KEYS),
        (keys.ALTERNATIVE, ALTERNATIVE_KEYS),
        (keys.TEST, TEST_KEYS),
        (keys.CODE, CODE_KEYS),
        (keys.TABLE, TABLE_KEYS),
        (keys.TABLE_TEST, TABLE_TEST_KEYS),
        (keys.OVERLAY, OVERLAY_KEYS),
        (route_keys.ROUTE, ROUTE_KEYS),
        (route_keys.FILE, FILE_KEYS),
        (view_keys.VIEW, VIEW_KEYS),
        (view_keys.SELECT, SELECT_KEYS),
        (view_keys.COLUMN, COLUMN_KEYS),
        (view_keys.TAG, TAG_KEYS),
        (view_keys.WHERE, WHERE_KEYS),
        (view_keys.CONSTANT, CONSTANT_KEYS),
    ],
)
def test_editors_are_told_of_the_keys_that_readers_take(told: Keys, taken: tuple[str, ...]) -> None:
    assert set(told) == set(taken)
    assert all(key.about.endswith(".") for key in told.values())


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("segment", {"segment": "PID", "resource": "Patient", "elements": {"gendr": "PID-8"}}),
        ("segment", {"segment": "PID", "resource": "Patiant", "elements": {}}),
        ("segment", {"segment": "PID", "resource": "Patient", "elements": {"gender": {"form": "PID-8"}}}),
        ("segment", {"segment": "PID", "resource": "Patient"}),
        ("datatype", {"datatype": "XPN", "type": "HumanName", "elements": {"famly": ".1"}}),
        ("message", {"message": "ADT_A01", "events": ["A01"], "resources": {"Patient": {"also": ["PD1"]}}}),
        ("table", {"table": "Sex", "codes": {"M": {"cod": "male"}}}),
        ("overlay", {"facility": "1", "segmants": {}}),
        ("routes", {"routes": [{"route": "a", "to": "alerts.a"}]}),
        ("alerts", {"rules": [{"rule": "a", "kind": "critical", "severity": "critical", "summary": "a", "list": "a"}]}),
        ("routes", {"match": "any", "routes": []}),
        ("registry", {"facilities": [{"code": "1"}]}),
        ("engine", {"listeners": [{"prt": 1}]}),
        ("engine", {"listeners": [{"frame_deadline": "soon"}]}),
        ("profile", {"profile": "a", "fields": {"PID-3": {"requird": True}}}),
        ("topics", {"topics": {"dead": {"partition": 3}}}),
        ("view", {"name": "a", "resource": "Patient", "select": [{"column": [{"name": "a", "pth": "id"}]}]}),
        ("view", {"name": "a", "resource": "Patiant", "select": []}),
        ("view", {"name": "a", "resource": "Patient", "select": [{"column": {"name": "a b", "path": "id"}}]}),
    ],
)
def test_what_readers_refuse_is_red_in_an_editor(kind: str, body: dict[str, Any]) -> None:
    assert not is_taken(kind, body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"bus": {"kind": "kafka", "spool": {"confirm": "2s", "most": "1GiB"}}},
        {"listeners": [{"port": 2575}, {"kind": "http", "port": 2580}, {"kind": "files", "folder": "in"}]},
        {"listeners": [{"tls": {"certificate": "a", "key": "b"}, "answers": {"storage": "AR/CE"}}]},
    ],
)
def test_settings_that_are_right_are_not_red(body: dict[str, Any]) -> None:
    assert is_taken("engine", body)


def test_only_the_route_for_the_rest_may_have_no_condition() -> None:
    assert is_taken(
        "routes", {"match": "first", "routes": [{"route": "_unmatched", "to": "other.a", "key": "facility"}]}
    )


def test_elements_with_an_index_or_a_path_inside_are_known() -> None:
    elements = {"identifier[2]": "PID-3", "name": None, "contact.name.family": "NK1-2.1"}
    assert is_taken("segment", {"segment": "PID", "resource": "Patient", "elements": elements})


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ("required", True),
        ("needed", False),
        ({"required": False, "max": 2, "table": [1, "M"]}, True),
        ({"table": "0001"}, True),
        ({"table": {}}, False),
    ],
)
def test_a_rule_of_a_profile_is_a_word_or_a_map(rule: object, taken: bool) -> None:
    assert is_taken("profile", {"profile": "a", "fields": {"PID-3": rule}}) == taken
