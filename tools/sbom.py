"""A bill of materials, CycloneDX 1.6 in JSON, of what the pinned requirements install: `python -m tools.sbom`."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"\s+# {3}|\s+# via (?=\S)")


class Pin(NamedTuple):
    """One line of requirements: a package, the hashes of its files, and the packages that ask for it."""

    name: str
    version: str
    hashes: tuple[str, ...]
    via: tuple[str, ...]

    @property
    def purl(self) -> str:
        """The address of the package that tools which look for known faults go by."""
        return f"pkg:pypi/{re.sub(r'[-_.]+', '-', self.name).lower()}@{self.version}"


def read_pins(text: str) -> list[Pin]:
    """The pins of a file of requirements as `tools/lock` writes it; raises ValueError for a line that is none."""
    return [_pin(block) for block in _blocks(text)]


def _blocks(text: str) -> Iterator[list[str]]:
    """The lines of each pin: the one with its name, and the indented ones below it."""
    block: list[str] = []
    for line in filter(str.strip, text.splitlines()):
        if line.startswith(" "):
            block.append(line)
        elif not line.startswith("#"):
            yield from [block] if block else []
            block = [line]
    yield from [block] if block else []


def _pin(block: Sequence[str]) -> Pin:
    found = _PIN.match(block[0])
    if found is None:
        raise ValueError(f"{block[0].split()[0]} is not pinned - run `make lock`")
    hashes = tuple(_HASH.findall(" ".join(block)))
    via = (line[mark.end() :].split()[0] for line in block[1:] if (mark := _VIA.match(line)))
    return Pin(found["name"], found["version"], hashes, tuple(name for name in via if not name.startswith("-")))


def bill(pins: Sequence[Pin], project: str, version: str) -> dict[str, Any]:
    """The bill of a project over these pins. It names no time and no machine: the same pins, the same bill."""
    root = f"pkg:pypi/{project}@{version}"
    purls = {project: root} | {pin.name: pin.purl for pin in pins}
    needs: dict[str, list[str]] = {name: [] for name in purls}
    for pin in pins:
        for name in pin.via:
            needs[name].append(pin.purl)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": root, "name": project, "version": version}},
        "components": [_component(pin) for pin in pins],
        "dependencies": [{"ref": purls[name], "dependsOn": sorted(needed)} for name, needed in needs.items()],
    }


def _component(pin: Pin) -> dict[str, Any]:
    """One package; its hashes are those of all files that may be installed, of which each machine takes one."""
    return {
        "type": "library",
        "bom-ref": pin.purl,
        "name": pin.name,
        "version": pin.version,
        "purl": pin.purl,
        "hashes": [{"alg": "SHA-256", "content": one} for one in pin.hashes],
    }


def main(name: str = "requirements.txt") -> None:
    """Print the bill of what a file of requirements installs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pins = read_pins((ROOT / name).read_text("utf-8"))
    print(json.dumps(bill(pins, project["name"], project["version"]), indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
