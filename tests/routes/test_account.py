from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.routes.account import account_for, say
from engine.routes.load import load_routes

ROUTES = """match: first
routes:
  - route: potassium
    when: code.coding.code = 2823-3 and (valueQuantity.value > 6.5 or valueQuantity.value < 2.5)
    to: alerts.critical
  - route: named
    when: not status = entered-in-error and count(name) > 1 and id valued and code.text begins Ka
    to: named.a
  - route: finals
    when: status = final
    to: lab.finals
  - route: _unmatched
    to: other.a
"""


def reasons(folder: Path, **body: Any) -> dict[str, str]:
    (folder / "routes.yaml").write_text(ROUTES, "utf-8")
    return {
        one.route.name: "taken" if one.taken else "; ".join(one.reasons)
        for one in account_for(load_routes(folder), body)
    }


def test_each_part_that_does_not_hold_is_told_with_what_the_event_has(tmp_path: Path) -> None:
    body = {
        "code": {"coding": [{"code": "K"}, {"code": "2823-3"}]},
        "valueQuantity": {"value": 4.0},
        "status": "amended",
    }
    told = reasons(tmp_path, resourceType="Observation", **body)
    assert told == {
        "potassium": "valueQuantity.value > 6.5, and it has 4.0; valueQuantity.value < 2.5, and it has 4.0",
        "named": "count(name) > 1, and it has nothing there; id valued, and it has nothing there; "
        "code.text begins Ka, and it has nothing there",
        "finals": "status = final, and it has amended",
        "_unmatched": "taken",
    }


def test_an_event_that_another_route_of_the_file_takes_is_told_which(tmp_path: Path) -> None:
    body = {"code": {"coding": [{"code": "2823-3"}]}, "valueQuantity": {"value": 7}, "status": "final"}
    told = reasons(tmp_path, resourceType="Observation", **body)
    assert told["potassium"] == "taken"
    assert told["finals"] == told["_unmatched"] == "potassium of its file takes it"


def test_a_negation_is_told_as_it_is_written(tmp_path: Path) -> None:
    assert (
        "not (status = entered-in-error)"
        in reasons(tmp_path, resourceType="Patient", status="entered-in-error")["named"]
    )


@pytest.mark.parametrize("name", ["potassium", "named"])
def test_a_condition_is_said_as_it_is_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "routes.yaml").write_text(ROUTES, "utf-8")
    condition = next(one.condition for one in load_routes(tmp_path).routes if one.name == name)
    assert condition is not None
    written = ROUTES.partition(f"route: {name}")[2].partition("when: ")[2].partition("\n")[0]
    assert say(condition).replace("(status = entered-in-error)", "status = entered-in-error") == written
