"""The pages of docs/reference that follow from the code: `python -m tools.reference` writes them.

tests/test_docs.py compares the pages with what this makes, so that a stale one is noticed.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_origin

import orjson
import typer
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, ByteSize, SecretStr
from pydantic.fields import FieldInfo
from typer.core import TyperCommand, TyperGroup, TyperOption

from engine.bus.topics_file import TopicsFile
from engine.canonical.dead import Reason, Stage
from engine.cli import app
from engine.commands.schemas import write_schemas
from engine.commands.topic_schemas import topic_schema_bytes, topic_schemas
from engine.config import Settings
from engine.config.settings import ROOT
from engine.facilities.entry import RegistryFile
from engine.language.model import inner_models
from engine.listeners.profile_file import ProfileFile
from engine.observe.facility_metrics import FACILITY_METRICS
from engine.observe.metrics import LABELS, Metrics
from engine.transforms.load import load_mappings
from tools.advice import ADVICE, Advice
from tools.alert_page import sections as alert_sections
from tools.compatible import breaches
from tools.controls import CONTROLS
from tools.fault_codes import BLANK, fault_codes
from tools.messages import message_lines
from tools.model import Section, dimension_sections, model_sections, view_sections
from tools.protocol import ACKNOWLEDGMENTS, FRAMES, PENDING, RESENDS, SEQUENCE, Row

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
NOT_YET = "No mapping takes these messages yet."
TOPIC_SCHEMAS = FOLDER / "schemas"
SCHEMAS = Path(__file__).parent.parent / "mappings" / "schemas"
NOTE = "<!-- Written by tools/reference.py from the code: run `make docs` after a change. -->\n"


def dead_letters() -> str:
    """The reasons and stages of dead letters."""
    return _page(
        "Dead letters",
        "A message that cannot go on is kept as a record of the topic `dead`: the bytes as they came, the reason, the "
        "position in the message, and the stage where it stopped: "
        + ", ".join(f"`{stage}`" for stage in Stage)
        + ". [How to look at them](../how-to/look-at-dead-letters.md).",
        _table(("reason", "what happened"), _documented(Reason)),
    )


def metrics() -> str:
    """Every metric with its labels, and what the labels may say."""
    rows = [
        (f"`{found.name}`", found.kind, " ".join(f"`{label}`" for label in found.labels), found.about)
        for found in (*Metrics(CollectorRegistry()).definitions, *FACILITY_METRICS)
    ]
    labels = [(f"`{name}`", about) for name, about in LABELS.items()]
    return _page(
        "Metrics",
        "Served at `/metrics` of the port `http.port` (9464); those that begin with `engine_facility_` at "
        "`/metrics/facilities`, where the role `observe` runs. No label ever holds text of a message.",
        _table(("metric", "kind", "labels", "what it counts"), rows),
        "## Labels",
        _table(("label", "its values"), labels),
    )


def configuration() -> str:
    """Every setting of engine.yaml."""
    return _page(
        "Configuration",
        "The engine runs without any. To change a setting, write `engine.yaml` and name it with `--config`, or set an "
        "environment variable: `ENGINE_` and the setting's name, two underscores between parts "
        "(`ENGINE_BUS__KIND=kafka`). The environment goes before the file. Durations are written `500ms`, `20s`, "
        "`30m`, `12h`, `7d`; sizes `16MiB`. An unknown setting is a fault.",
        *_sections(Settings, ""),
    )


def registry() -> str:
    """Every key of the facility registry."""
    return _page(
        "Facility registry",
        "The file `facilities/registry.yaml` of the mappings lists who may send. A message belongs to the facility "
        "whose code, or one of whose `senders`, stands in MSH-4.1. "
        "[Who may send](../explanation/who-may-send.md) says what comes of the rest.",
        "A city's facilities fit better in a sheet: `registry.csv`, in UTF-8 with commas, whose first row holds the "
        "same keys and whose cells hold lists with semicolons between. Where both files are there, they are one "
        "registry.",
        *_sections(RegistryFile, ""),
    )


def model() -> str:
    """Every table and column of the warehouse's model."""
    return _page(
        "The warehouse's model",
        "Tables of views hold a row for each patient, visit, result and so on, kept up by the loader as messages come. "
        "Dimensions are what they are counted by. Facts and coverage are views in SQL over both, the same in DuckDB "
        "and in PostgreSQL. [How to query them](../how-to/query-the-warehouse.md).",
        "Beside its own columns each table of a view has those of the loader: `resource_id`, `row_number`, `version`, "
        "`facility`, `mapping`, `raw_topic`, `raw_part`, `raw_offset` and `loaded_at`.",
        "With `warehouse.analysts` the schema `analyst` holds the same tables with pseudonyms: 32 hex digits of a "
        "keyed hash in place of an id or a number, the same for the same value wherever it stands. Beside them it has "
        "`facility`, and of the loader's columns nothing else. It also holds the dimensions, and the facts that name "
        "nobody.",
        "## Tables of views",
        *_tables(view_sections()),
        "## Dimensions",
        *_tables(dimension_sections()),
        "## Facts and coverage",
        *_tables(model_sections()),
    )


def _tables(sections: Iterable[Section]) -> Iterator[str]:
    for name, about, heads, rows in sections:
        yield f"### {name}"
        yield about
        yield _table(heads, rows)


def profiles() -> str:
    """Every key of a profile."""
    return _page(
        "Profiles",
        "A listener with `ack: validated` checks each message before it answers: by the tables of the message's "
        "version, and by the profile that `profile` names. What breaks it is answered AE or CE, with an ERR for each "
        "fault, and kept as a dead letter. [How to use one](../how-to/validate-before-acknowledging.md).",
        *_sections(ProfileFile, ""),
    )


def faults() -> str:
    """Every code of a fault in a file that people write."""
    about = {
        "C": "Settings, registry and topics",
        "E": "YAML and CSV",
        "M": "Mappings",
        "R": "Routes",
        "P": "Profiles",
        "V": "Views",
        "A": "Alert rules",
    }
    found = fault_codes()
    sections = []
    for letter, title in about.items():
        rows = [
            (f"[`{one.code}`](#{one.code.lower()})", one.what or BLANK, one.hint)
            for one in found
            if one.code[0] == letter
        ]
        codes = dict.fromkeys(one.code for one in found if one.code[0] == letter)
        advice = [_advice(ADVICE[code]) for code in codes if code in ADVICE]
        sections += [f"## {title}", _table(("code", "what is wrong", "what to do"), rows), *advice]
    return _page(
        "Faults in files",
        "`engine check` names every fault at once: file, line, column, what is wrong, what to do, and a code. "
        f"A code keeps its meaning; `{BLANK}` stands for a name or a number.",
        *sections,
    )


def _advice(advice: Advice) -> str:
    examples = f"```yaml\n# before\n{advice.before}\n# after\n{advice.after}\n```"
    return f"### {advice.code}\n\n**{advice.title}.** {advice.why} {advice.mend}\n\n{examples}"


def commands() -> str:
    """Every command with its arguments and options."""
    found = typer.main.get_command(app)
    inner = _commands(found, "engine") if isinstance(found, TyperGroup) else ()
    return _page("Commands", _one_line(found.help or ""), *inner)


def protocol() -> str:
    """The rows of the protocol."""
    head = ("row", "situation", "the engine")
    return _page(
        "What a sender gets",
        "The numbers stand in comments and in the names of tests: `pytest -k test_a11` runs what proves row A11. The "
        "rules are those of HL7 v2.9 chapter 2 and its appendix C; where the "
        "standard is silent, the row is what the engine decided.",
        "## Acknowledgments",
        _proved(head, ACKNOWLEDGMENTS),
        "## Sequence numbers",
        "Where MSH-13 is valued and the listener follows them (`sequence_numbers`). MSA-4 is the expected number.",
        _proved(head, SEQUENCE),
        "## Resends and duplicates",
        _proved(head, RESENDS),
        "## Frames",
        "Each is fed whole, byte by byte and glued to the next, in every version from 2.1 to 2.8.2 and under odd "
        "delimiters, in `tests/listeners/test_stream.py`; a million wrong streams are in `tests/fuzz/`.",
        _proved(head, FRAMES),
    )


def security() -> str:
    """The controls of security."""
    return _page(
        "Security",
        "What is done against known attacks, and the test that proves it. [How patients are kept out of logs]"
        "(../explanation/patient-data.md).",
        _proved(("control", "against", "what the engine does"), CONTROLS),
    )


def messages() -> str:
    """What each message becomes."""
    head = ("resource", "made from", "in the guide from", "rows of the guide covered")
    found = [(name, f"For {events}." if events else NOT_YET, lines) for name, events, lines in message_lines()]
    sections = [f"## {name}\n\n{events}\n\n{_table(head, lines)}" for name, events, lines in found]
    return _page(
        "Messages and resources",
        "For each message: the resources that it becomes and the segments that they are made from; beside it the same "
        "of the HL7 v2-to-FHIR guide, and how many of its rows for that resource are covered. Resources made from a "
        "field, such as a Practitioner, are not listed. `engine conformance` checks every row. "
        "[How to read what it says](../how-to/compare-with-the-guide.md).",
        *sections,
    )


def topics() -> str:
    """What the file of topics may say, and what each topic holds."""
    found = topic_schemas(_made_types())
    rows = [(f"[`{one['title']}`](schemas/{name}.json)", one["description"]) for name, one in sorted(found.items())]
    return _page(
        "Topics",
        "The file `topics.yaml` of the mappings says how topics are divided and how long they keep records. "
        "`engine topics diff` shows what is not as declared, `engine topics apply` changes it, and never takes "
        "anything away. Events carry a CloudEvents 1.0 envelope in binary mode: each attribute is a header after "
        "`ce_`.",
        *_sections(TopicsFile, ""),
        "## What they hold",
        "Each has a JSON Schema of key, headers and value in `schemas/`; `engine schema topic:NAME` prints it. "
        "A schema changes only so that who reads by the one before reads on: optional members may come, none goes "
        "or is of another type.",
        _table(("topic", "holds"), rows),
    )


def alerts() -> str:
    """What the files of alert rules may say."""
    return _page("Alert rules", *alert_sections())


PAGES: dict[str, Callable[[], str]] = {
    "dead-letters.md": dead_letters,
    "metrics.md": metrics,
    "model.md": model,
    "configuration.md": configuration,
    "registry.md": registry,
    "profiles.md": profiles,
    "faults.md": faults,
    "commands.md": commands,
    "protocol.md": protocol,
    "security.md": security,
    "messages.md": messages,
    "topics.md": topics,
    "alerts.md": alerts,
}


def _made_types() -> frozenset[str]:
    return frozenset(load_mappings(ROOT / "mappings", ("all",)).resource_types)


def write_topic_schemas(folder: Path) -> None:
    """Write one schema a topic; raises SystemExit, with nothing written, when one breaks those who rely on it."""
    found = topic_schemas(_made_types())
    before = {path.stem: orjson.loads(path.read_bytes()) for path in folder.glob("*.json")}
    broken = [f"{name}: is gone" for name in sorted(before.keys() - found.keys())]
    broken += [f"{name}: {one}" for name in before.keys() & found.keys() for one in breaches(before[name], found[name])]
    if broken:
        told = "\n".join(sorted(broken))
        raise SystemExit(
            f"{told}\nwhoever reads these topics would break - give what changes another name beside the old"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in found.items():
        (folder / f"{name}.json").write_bytes(topic_schema_bytes(schema))


def _proved(head: Sequence[str], rows: Iterable[Row]) -> str:
    """A table of rows with the tests that prove each."""
    return _table((*head, "proved by"), ((row.number, row.situation, row.engine, _tests(row)) for row in rows))


def _tests(row: Row) -> str:
    if row.number in PENDING:
        return "not built yet"
    return ", ".join(f"`{name}`" for name in row.tests)


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((f"{NOTE}\n# {title}", *parts)) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _documented(codes: type[StrEnum]) -> Iterator[tuple[str, str]]:
    """Each member with the docstring that stands below it, which is not kept at run time."""
    lines = next(line.body for line in ast.parse(inspect.getsource(codes)).body if isinstance(line, ast.ClassDef))
    for line, below in pairwise(lines):
        if isinstance(line, ast.Assign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            yield f"`{ast.unparse(line.targets[0])}`", _one_line(str(below.value.value))


def _sections(
    model: type[BaseModel], path: str, above: type[BaseModel] | None = None, which: str = ""
) -> Iterator[str]:
    """A table for the model's own settings, then the same for each model inside.

    Of models that are alternatives to each other, what they share stands under the first one only: `above`.
    """
    if path:
        yield f"## `{path}`{which}\n\n{_one_line(model.__doc__ or '')}"
    known = above.model_fields if above else {}
    own = {name: field for name, field in model.model_fields.items() if not _is_repeated(field, known.get(name))}
    fields = {name: field for name, field in own.items() if not inner_models(field.annotation)}
    if fields:
        rows = [
            (f"`{name}`", _type(field.annotation), _default(field), field.description or "")
            for name, field in fields.items()
        ]
        yield _table(("setting", "type", "default", "what it does"), rows)
    for name, field in own.items():
        kinds = inner_models(field.annotation)
        inner_path = f"{path}.{name}".lstrip(".") + _below(field)
        for kind in kinds:
            which = f" of kind {kind.model_fields['kind'].default}" if len(kinds) > 1 else ""
            yield from _sections(kind, inner_path, None if kind is kinds[0] else kinds[0], which)


def _is_repeated(field: FieldInfo, above: FieldInfo | None) -> bool:
    return above is not None and (field.default, field.description) == (above.default, above.description)


def _below(field: FieldInfo) -> str:
    """What stands for the number or the name of an entry."""
    origin = get_origin(field.annotation)
    return "[]" if origin is tuple else ".NAME" if origin is dict else ""


_TYPES: dict[Any, str] = {
    str: "text",
    int: "number",
    bool: "true or false",
    Path: "path",
    SecretStr: "text (secret)",
    ByteSize: "size",
    timedelta: "duration",
    type(None): "",
}


def _type(annotation: Any) -> str:
    if annotation in _TYPES:
        return _TYPES[annotation]
    if get_origin(annotation) is tuple:
        return f"list of {_type(get_args(annotation)[0])}"
    if get_origin(annotation) is dict:
        return "map of text"
    if hasattr(annotation, "__metadata__"):
        return _type(get_args(annotation)[0])
    choices = [f"`{choice}`" if isinstance(choice, str) else _type(choice) for choice in get_args(annotation)]
    return ", ".join(choice for choice in choices if choice)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True, validated_data={})
    shown = _shown(default) if default not in (None, (), {}, []) else ""
    return f"`{shown}`" if shown else ""


def _shown(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    if isinstance(value, ByteSize):
        return value.human_readable().replace(".0", "")
    if isinstance(value, tuple):
        return "[" + ", ".join(value) + "]"
    return value.name if isinstance(value, Path) else "" if isinstance(value, SecretStr) else str(value)


def _commands(group: TyperGroup, path: str) -> Iterator[str]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{path} {name}")
        elif isinstance(command, TyperCommand) and not command.hidden:
            yield f"## `{path} {name}`\n\n{_paragraphs(command.help or '')}"
            yield _table(("argument or option", "default", "what it does"), map(_parameter, command.params))


def _parameter(parameter: Any) -> tuple[str, str, str]:
    names = parameter.opts if isinstance(parameter, TyperOption) else [parameter.name]
    default = parameter.default
    shown = f"`{default}`" if default not in (None, False, ()) and not callable(default) else ""
    variable = f" Environment: `{parameter.envvar}`." if parameter.envvar else ""
    return ", ".join(f"`{name}`" for name in names), shown, _one_line(parameter.help or "") + variable


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _paragraphs(text: str) -> str:
    return "\n\n".join(_one_line(part) for part in text.split("\n\n"))


def main() -> None:
    """Write every page, and the schemas for editors."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), "utf-8")
    write_schemas(SCHEMAS)
    write_topic_schemas(TOPIC_SCHEMAS)


if __name__ == "__main__":
    main()
