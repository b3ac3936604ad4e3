"""docker-compose.yml as a native test reads it: for each member its command line and environment, without Docker."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"

_VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+)(?::(?P<how>[-?])(?P<rest>[^}]*))?\})")


@dataclass(frozen=True, slots=True)
class Member:
    """One of the file's services, to be started as a process of this machine."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]


def read_compose() -> dict[str, Any]:
    """The file as data, merge keys resolved, `${...}` as written."""
    document: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))
    return document


def read_member(name: str, variables: Mapping[str, str], places: Mapping[str, str]) -> Member:
    """The command and environment of one service.

    `variables` are what .env gives. `places` says where things of the containers are here: each occurrence of a key
    (`kafka:9092`, `/var/lib/engine`) in the environment becomes its value, longest key first. A service that is built
    here gets the Dockerfile's entry point before its command, with this interpreter for its `python`.
    """
    written = read_compose()["services"][name]
    given = {key: interpolate(str(value), variables) for key, value in written.get("environment", {}).items()}
    entry = _entry_point() if "build" in written else ()
    command = (interpolate(word, variables) for word in written.get("command", ()))
    return Member(name, (*entry, *command), {key: _put(value, places) for key, value in given.items()})


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Compose's `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$`; KeyError for one that must be set."""

    def value(found: re.Match[str]) -> str:
        if found["escaped"]:
            return "$"
        known = variables.get(found["name"], "")
        if not known and found["how"] == "?":
            raise KeyError(f"{found['name']}: {found['rest']}")
        return known or (found["rest"] or "" if found["how"] == "-" else "")

    return _VARIABLE.sub(value, text)


def _put(text: str, places: Mapping[str, str]) -> str:
    for key in sorted(places, key=len, reverse=True):
        text = text.replace(key, places[key])
    return text


def _entry_point() -> tuple[str, ...]:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"^ENTRYPOINT (\[.*\])$", dockerfile, re.MULTILINE)
    if found is None:
        raise ValueError("Dockerfile has no ENTRYPOINT as a JSON list - write it as one")
    words = json.loads(found[1])
    return tuple(sys.executable if word == "python" else word for word in words)
