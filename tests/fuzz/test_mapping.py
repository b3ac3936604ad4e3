"""Mapping files that nobody should write: faults come of them or mappings, and of messages what is declared."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.fuzz.mapping import check_mapping, misshapen, prepare
from tests.fuzz.targets import read_corpus, write_corpus
from tests.rig.proof import count, report

ROOT = Path(__file__).parents[2]
SEED = 20260314
RUNS = count(1, 10)
"""Processes that share the files, two at a time."""
FILES, MESSAGES = count(150, 200_000), count(150, 200_000)
LONGEST = 10.0
"""Seconds of processor time that a file and its messages may take."""
MOST_MIB = 512
ABOUT = (
    "Files of every kind that integrators write, made by the grammar or the shipped ones, then broken: bytes and words "
    "changed, cut, glued, with anchors, tags, deep nesting, huge numbers and odd signs put in. A file is refused with "
    "faults that have a place, a code and words, or it loads. Then its tests run, and messages, made, kept and broken, "
    "go through it: each comes to events that have FHIR's shape, or to a dead letter whose reason is the message's; "
    "nothing else is ever raised."
)


def fuzz(first: int, files: int, messages: int) -> dict[str, Any]:
    """What a run tried; a case that fails is kept in the corpus, and its traceback raised."""
    command = [sys.executable, "-m", "tests.fuzz.mapped", *map(str, (SEED, first, files, messages))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        keep(done.stdout.strip())
        raise AssertionError(f"seed {SEED}: {done.stderr.decode()[-4000:]}")
    tried: dict[str, Any] = orjson.loads(done.stdout)
    return tried


def fuzz_all() -> list[dict[str, Any]]:
    """What the runs tried that share the files among them."""
    files, messages = FILES // RUNS, MESSAGES // RUNS
    with ThreadPoolExecutor(2) as runs:
        return list(runs.map(lambda number: fuzz(number * 2 * files, files, messages), range(RUNS)))


def total(found: list[dict[str, Any]], key: str) -> dict[str, int]:
    """A count by kind of file, over all runs."""
    return {kind: sum(one[key].get(kind, 0) for one in found) for kind in found[0][key]}


def keep(line: bytes) -> None:
    """Add a case that failed to those that are tried in every run."""
    case = line.decode("unicode_escape").encode("latin-1")
    write_corpus("mapping", [*read_corpus("mapping"), *([case] if case else [])])


@pytest.mark.prove
@pytest.mark.timeout(7200)
def test_whatever_a_mapping_file_holds_only_declared_faults_come_of_it_and_of_messages_through_it() -> None:
    found = fuzz_all()
    by_kind, loading = total(found, "files"), total(found, "loaded")
    files, loaded, messages = sum(by_kind.values()), sum(loading.values()), sum(one["messages"] for one in found)
    longest, mib = max(one["longest"] for one in found), max(one["mib"] for one in found)
    assert files >= FILES
    assert messages >= MESSAGES
    assert loaded > files // 10
    assert longest < LONGEST
    assert mib < MOST_MIB
    rows = "".join(f"| {kind} | {number:,} | {loading[kind]:,} |\n" for kind, number in by_kind.items())
    report(
        "fuzzing-mappings",
        f"# Fuzzing the mapping language\n\n{ABOUT}\n\n"
        f"| kind | files | loaded |\n|---|---|---|\n{rows}| all | {files:,} | {loaded:,} |\n\n"
        f"{messages:,} messages went through those that loaded. Seed {SEED}, {RUNS} processes; "
        f"{sum(one['seconds'] for one in found):.0f} s of processor time; the longest case, file and messages, "
        f"{longest:.2f} s (limit {LONGEST:.0f}); most memory of a process {mib} MiB (limit {MOST_MIB}).\n",
    )


def test_mapping_cases_that_are_kept_hold(tmp_path: Path) -> None:
    prepare(tmp_path)
    for case in read_corpus("mapping"):
        check_mapping(case, tmp_path)


def test_an_exception_that_nobody_declares_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path)
    case = b"segment\nsegment: PID\nresource: Patient\nidentity: { n: [PID-3] }\nelements: { gender: PID-8 }\n"
    assert check_mapping(case, tmp_path)
    monkeypatch.setattr("engine.transforms.transform.merge_resources", lambda resources: resources[0].body["x"])
    with pytest.raises((KeyError, IndexError)):
        check_mapping(case, tmp_path)


def test_a_mapping_that_makes_no_fhir_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path)
    case = b"segment\nsegment: PID\nresource: Patient\nidentity: { n: [PID-3] }\nelements: { id: PID-8 }\n"
    assert check_mapping(case, tmp_path)
    for name in ("id_of", "remembered_id_of"):
        monkeypatch.setattr(f"engine.transforms.message_map.{name}", lambda _: "")
    with pytest.raises(AssertionError, match=r"Patient\.id"):
        check_mapping(case, tmp_path)


def test_extensions_beside_a_primitive_are_fhir_and_beside_another_element_are_none() -> None:
    beside = {"extension": [{"url": "x", "valueCode": "unknown"}]}
    assert (
        list(misshapen({"_birthDate": beside, "name": [{"_given": [None, beside], "given": ["An", None]}]}, "Patient"))
        == []
    )
    assert list(misshapen({"_name": beside}, "Patient")) == ["Patient._name: unknown"]
    assert list(misshapen({"name": [{"given": ["An", None]}]}, "Patient")) == ["HumanName.given: NoneType"]
