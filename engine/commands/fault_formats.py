"""Faults as programs read them: JSON, GitHub's workflow commands, and SARIF 2.1.0 (OASIS)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson

from engine.language.fault import Fault, show


class Form(StrEnum):
    """How faults are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


PAGE = "docs/reference/faults.md"
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ESCAPES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY_ESCAPES = _ESCAPES | {":": "%3A", ",": "%2C"}


def write_faults(faults: Sequence[Fault], form: Form) -> str:
    """The faults in that form, without a last line end."""
    return _WRITERS[form](faults)


def _json(faults: Sequence[Fault]) -> str:
    return orjson.dumps([_entry(fault) for fault in faults], option=orjson.OPT_INDENT_2).decode()


def _entry(fault: Fault) -> dict[str, Any]:
    mark = fault.mark
    place = {"file": mark.file, "line": mark.line, "column": mark.column}
    return {**place, "code": fault.code, "where": fault.where, "what": fault.what, "hint": fault.hint}


def _github(faults: Sequence[Fault]) -> str:
    return "\n".join(_github_line(fault) for fault in faults)


def _github_line(fault: Fault) -> str:
    mark = fault.mark
    places = {"file": mark.file, "line": str(mark.line or 1), "col": str(mark.column or 1), "title": fault.code}
    properties = ",".join(f"{name}={_escape(value, _PROPERTY_ESCAPES)}" for name, value in places.items())
    return f"::error {properties}::{_escape(_sentence(fault), _ESCAPES)}"


def _escape(text: str, escapes: Mapping[str, str]) -> str:
    return text.translate({ord(sign): spelled for sign, spelled in escapes.items()})


def _sarif(faults: Sequence[Fault]) -> str:
    rules = [{"id": code, "helpUri": f"{PAGE}#{code.lower()}"} for code in sorted({fault.code for fault in faults})]
    run = {"tool": {"driver": {"name": "engine check", "rules": rules}}, "results": [_result(one) for one in faults]}
    body = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()


def _result(fault: Fault) -> dict[str, Any]:
    mark = fault.mark
    place: dict[str, Any] = {"artifactLocation": {"uri": mark.file}}
    if mark.line:
        place["region"] = {"startLine": mark.line, "startColumn": mark.column}
    located = [{"physicalLocation": place}]
    return {"ruleId": fault.code, "level": "error", "message": {"text": _sentence(fault)}, "locations": located}


def _sentence(fault: Fault) -> str:
    where = f"{fault.where}: " if fault.where else ""
    return f"{where}{fault.what}{f'; {fault.hint}' if fault.hint else ''}"


_WRITERS: Mapping[Form, Callable[[Sequence[Fault]], str]] = {
    Form.TEXT: show,
    Form.JSON: _json,
    Form.GITHUB: _github,
    Form.SARIF: _sarif,
}
