"""The documentation tells the truth: pages follow the code, links lead somewhere, commands exist and run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from prometheus_client import CollectorRegistry
from typer.core import TyperCommand, TyperGroup

from engine.canonical.dead import Reason
from engine.cli import app
from engine.observe.facility_metrics import FACILITY_METRICS
from engine.observe.metrics import Metrics
from engine.transforms.naming import WORDS
from engine.transforms.read_files import GROUP_KEYS, MESSAGE_KEYS, OVERLAY_KEYS, RESOURCE_KEYS
from engine.transforms.read_rules import ALTERNATIVE_KEYS, TEST_KEYS
from engine.transforms.values import TYPES
from tools.advice import ADVICE
from tools.fault_codes import fault_codes
from tools.reference import FOLDER, PAGES

ROOT = Path(__file__).parent.parent
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
WRITTEN = [page for page in DOCS if page.parent != FOLDER or page.name not in PAGES]
BLOCK = re.compile(r"^```console( run| followed(?:, fails)?)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"(?<![\w./-])(?:engine|mappings|docs|tests|tools|demo)/[\w./-]+")
EXAMPLES = {
    "mappings/facilities/medsys.yaml",
    "mappings/facilities/79907.yaml",
    "mappings/facilities/samples/79907-admission.hl7",
    "mappings/alerts/lactate.yaml",
    "mappings/routes/lactate.yaml",
}
"""Files that a page tells its reader to make."""
METRIC = re.compile(r"\bengine_[a-z_]+_(?:total|seconds|records|active|bytes|generation)\b")


class Shown(NamedTuple):
    """A command line that a page shows after `$ `."""

    page: Path
    words: list[str]
    runnable: bool

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {shlex.join(self.words)[:60]}"


def shown_commands() -> Iterator[Shown]:
    for page in DOCS:
        for marked, block in BLOCK.findall(page.read_text("utf-8")):
            lines = block.replace("\\\n", " ").splitlines()
            for line in lines:
                if line.startswith("$ "):
                    yield Shown(page, shlex.split(line[2:]), marked == " run")


SHOWN = list(shown_commands())
ENGINE = [shown for shown in SHOWN if Path(shown.words[0]).name == "engine"]
MAKE = [shown for shown in SHOWN if shown.words[0] == "make"]
RUNNABLE = list({tuple(shown.words): shown for shown in ENGINE if shown.runnable}.values())


def find_command(words: list[str]) -> TyperCommand:
    found: object = typer.main.get_command(app)
    for word in words:
        if not isinstance(found, TyperGroup):
            break
        assert word in found.commands, f"no command {word!r}"
        found = found.commands[word]
    assert isinstance(found, TyperCommand)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_page_of_the_reference_is_as_the_code_is(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == PAGES[name](), "stale: run `make docs`"


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_to_files(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text("utf-8")) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("shown", ENGINE, ids=str)
def test_shown_engine_command_exists_with_its_options(shown: Shown) -> None:
    command = find_command(shown.words[1:])
    known = {name for parameter in command.params for name in parameter.opts}
    used = [word.partition("=")[0] for word in shown.words if word.startswith("--")]
    assert [word for word in used if word not in known] == []


@pytest.mark.parametrize("shown", MAKE, ids=str)
def test_shown_make_command_has_a_recipe(shown: Shown) -> None:
    recipes = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert [word for word in shown.words[1:] if "=" not in word and word not in recipes] == []


@pytest.mark.parametrize("shown", RUNNABLE, ids=str)
def test_runnable_command_ends_well(shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_HOME", str(tmp_path / "home"))
    command = [sys.executable, "-m", "engine", *shown.words[1:]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_every_reason_of_a_dead_letter_has_advice() -> None:
    advice = (ROOT / "docs/how-to/look-at-dead-letters.md").read_text("utf-8")
    assert [reason for reason in Reason if f"`{reason}`" not in advice] == []


def test_metrics_that_pages_name_exist() -> None:
    known = {found.name for found in (*Metrics(CollectorRegistry()).definitions, *FACILITY_METRICS)}
    named = {name for page in WRITTEN for name in METRIC.findall(page.read_text("utf-8"))}
    assert named - known == set()


def test_every_code_of_a_fault_is_listed() -> None:
    page = (FOLDER / "faults.md").read_text("utf-8")
    sources = [path.read_text("utf-8") for path in (ROOT / "engine").rglob("*.py")]
    codes = {code for source in sources for code in re.findall(r'"([ACEMPR][0-9]{3})"', source)}
    assert len(codes) > 60
    assert sorted(code for code in codes if f"`{code}`" not in page) == []


def test_every_code_of_a_fault_has_a_section_that_its_report_points_to() -> None:
    page = (FOLDER / "faults.md").read_text("utf-8")
    codes = {one.code for one in fault_codes()}
    assert sorted(code for code in codes if f"\n### {code}\n" not in page) == []
    assert sorted(set(ADVICE) - codes) == []
    assert len({(one.why, one.title) for one in ADVICE.values()}) == len(ADVICE)
    assert [one.code for one in ADVICE.values() if one.before == one.after] == []


def test_every_word_of_the_mapping_language_is_explained() -> None:
    page = (FOLDER / "mapping.md").read_text("utf-8")
    keys = {*MESSAGE_KEYS, *GROUP_KEYS, *RESOURCE_KEYS, *OVERLAY_KEYS, *ALTERNATIVE_KEYS, *TEST_KEYS, *WORDS, *TYPES}
    assert sorted(key for key in keys if f"`{key}`" not in page) == []


def test_files_that_pages_name_are_there() -> None:
    named = {(page, path) for page in WRITTEN for path in PATH.findall(page.read_text("utf-8"))}
    gone = {(page, path) for page, path in named if not (ROOT / path.rstrip(".")).exists()}
    assert {path for _, path in gone} <= EXAMPLES


def test_architecture_names_every_package() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    packages = [path.stem for path in (ROOT / "engine").iterdir() if not path.name.startswith("_")]
    assert [name for name in packages if f"engine.{name}" not in page] == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text("utf-8")
    assert [page.name for page in folder.glob("[0-9]*.md") if page.name not in listed] == []
