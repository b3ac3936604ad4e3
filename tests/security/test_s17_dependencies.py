"""S17: what is installed is known by name, version and hash, and the bill of materials says so."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.test_sources import ROOT, canonical, declared_distributions
from tools.sbom import bill, read_pins

FILES = ("requirements.txt", "requirements-dev.txt")


def written_bill(name: str) -> dict[str, dict[str, object]]:
    """The components of the bill that the tool prints for a file, by name."""
    done = subprocess.run([sys.executable, "-m", "tools.sbom", name], cwd=ROOT, capture_output=True, check=True)
    return {component["name"]: component for component in json.loads(done.stdout)["components"]}


@pytest.mark.parametrize("name", FILES)
def test_s17_every_package_is_pinned_to_a_version_and_the_hashes_of_its_files(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    begun = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert [line for line in begun if not re.fullmatch(r"[a-z0-9-]+==[\w.]+(?: ; [^\\]+)? \\", line)] == []
    assert [pin.name for pin in read_pins(text) if not pin.hashes] == []
    assert len(read_pins(text)) == len(begun)


@pytest.mark.parametrize("name", FILES)
def test_s17_the_bill_of_materials_names_every_pinned_package_its_version_and_its_hashes(name: str) -> None:
    text, components = (ROOT / name).read_text("utf-8"), written_bill(name)
    begun = dict(line.split()[0].split("==") for line in text.splitlines() if line and line[0] not in " #")
    assert {one: components[one]["version"] for one in components} == begun
    hashes = [entry["content"] for one in components.values() for entry in one["hashes"]]  # type: ignore[attr-defined] # JSON
    assert sorted(hashes) == sorted(re.findall(r"sha256:(\w+)", text))


def test_s17_the_bill_says_who_needs_whom() -> None:
    pins = read_pins((ROOT / "requirements.txt").read_text("utf-8"))
    written = bill(pins, "engine", "1")
    needs = {one["ref"]: one["dependsOn"] for one in written["dependencies"]}
    assert set(needs) == {"pkg:pypi/engine@1"} | {pin.purl for pin in pins}
    assert {needed for one in needs.values() for needed in one} == {pin.purl for pin in pins}
    direct = {canonical(ref.removeprefix("pkg:pypi/").partition("@")[0]) for ref in needs["pkg:pypi/engine@1"]}
    assert direct >= declared_distributions()


@pytest.mark.parametrize("line", ["idna", "idna>=3", "-e .", "https://example.org/idna.whl"])
def test_s17_what_is_not_pinned_makes_no_bill(line: str) -> None:
    with pytest.raises(ValueError, match="make lock"):
        read_pins(f"{line}\n")


def test_s17_the_installers_take_only_what_has_the_pinned_hash() -> None:
    files = [(name, (ROOT / name).read_text("utf-8")) for name in ("Makefile", "Dockerfile")]
    installs = [(name, line) for name, text in files for line in text.splitlines() if "pip install" in line]
    assert len(installs) >= len(files)
    assert [(name, line) for name, line in installs if not re.search("--require-hashes|--no-deps", line)] == []
