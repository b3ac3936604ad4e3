"""Run books: one for each alert rule, and what they tell people to type is there and runs."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from engine.alerts.load import load_rules
from tests.rig.engine_process import EngineProcess
from tests.rig.prometheus import program
from tests.rig.sender import StubbornSender
from tests.rig.visits import visits

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "run-books"
PAGES = {page.stem: page.read_text("utf-8") for page in sorted(FOLDER.glob("[A-Z]*.md")) if page.stem != "README"}
RULES = {rule.name: rule for rule in load_rules(ROOT / "mappings" / "alerts")}
RULE_PAGES = {page.stem: page.read_text("utf-8") for page in sorted(FOLDER.glob("[a-z]*.md"))}
GROUPS = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text())["groups"]
ALERTS = {rule["alert"]: rule for group in GROUPS for rule in group["rules"] if "alert" in rule}
COMMANDS = sorted(
    {
        line
        for page in (*PAGES.values(), *RULE_PAGES.values())
        for line in re.findall(r"^\$ (engine .*)$", page, re.MULTILINE)
    }
)
QUERIES = sorted({query for page in PAGES.values() for query in re.findall(r"```promql\n(.*?)\n```", page, re.DOTALL)})
LOOKING = {0, 1}
"""Exit codes of a command that looked: all is well, or something is not."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """An engine that has taken messages and runs on."""
    with EngineProcess(tmp_path_factory.mktemp("engine") / "home") as running:
        sender = StubbornSender(running.port, visits(3))
        sender.start()
        sender.wait(60)
        yield running


def test_every_rule_has_its_page_and_every_page_its_rule() -> None:
    assert set(PAGES) == set(ALERTS)


@pytest.mark.parametrize("name", ALERTS)
def test_a_rule_says_what_to_do_and_where_more_of_it_stands(name: str) -> None:
    rule = ALERTS[name]
    assert rule["annotations"]["runbook_url"] == f"docs/run-books/{name}.md"
    assert {"summary", "action"} <= set(rule["annotations"])
    assert rule["labels"]["severity"] in {"page", "ticket"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_it_means_how_to_look_and_what_to_do(name: str) -> None:
    text = PAGES[name]
    assert text.startswith(f"# {name}\n\nSeverity: {ALERTS[name]['labels']['severity']}.")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["What it means", "How to look", "What to do"]


@pytest.mark.parametrize("name", RULES)
def test_a_rule_of_the_engine_points_to_a_page_that_names_it(name: str) -> None:
    folder, _, page = RULES[name].run_book.rpartition("/")
    assert folder == "docs/run-books"
    assert f"`{name}` ({RULES[name].severity})" in RULE_PAGES[page.removesuffix(".md")].splitlines()[2]


@pytest.mark.parametrize("name", RULE_PAGES)
def test_a_page_of_the_engines_rules_says_what_it_means_and_what_to_do(name: str) -> None:
    text = RULE_PAGES[name]
    assert text.startswith(f"# {name}\n\nRules: `")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["What it means", "How to look", "What to do"]
    assert f"docs/run-books/{name}.md" in {rule.run_book for rule in RULES.values()}
    assert f"[{name}]({name}.md)" in (FOLDER / "README.md").read_text("utf-8")


def test_the_list_names_every_page() -> None:
    listed = re.findall(
        r"^\| \[(\w+)\]\(\w+\.md\) \| (\w+) \|", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert dict(listed) == {name: rule["labels"]["severity"] for name, rule in ALERTS.items()}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_a_run_book_runs_beside_an_engine_that_works(engine: EngineProcess, command: str) -> None:
    words = engine.command(*shlex.split(command)[1:])
    environment = {**engine.environment, "ENGINE_HOME": str(engine.home)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in LOOKING, done.stdout + done.stderr


def test_every_query_of_a_run_book_is_one_that_prometheus_reads(tmp_path: Path) -> None:
    rules = [{"record": f"asked:{at}", "expr": query} for at, query in enumerate(QUERIES)]
    (tmp_path / "asked.yml").write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
    done = subprocess.run(
        [program("promtool"), "check", "rules", "asked.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
