"""The `engine` command: one thin function a subcommand."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from engine.commands.conformance.kinds import Kind
from engine.commands.places import Place
from engine.config import Settings, read_settings
from engine.language.fault import Faults, show
from engine.roles.names import RoleName

if TYPE_CHECKING:
    from engine.listeners.sending import Line

FAULTY = 2
"""Exit code when what a person wrote (settings, mappings, arguments) is at fault."""

app = typer.Typer(
    help="From hospitals' HL7 v2 over MLLP, through FHIR resources and topics, into one warehouse.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
dead_app = typer.Typer(help="Look at the dead letters: messages that could not go on.", no_args_is_help=True)
app.add_typer(dead_app, name="dead")
audit_app = typer.Typer(help="Look at the security events: whom the listeners refused.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")
views_app = typer.Typer(help="Check views, the tables of the warehouse, and run one.", no_args_is_help=True)
app.add_typer(views_app, name="views")
alerts_app = typer.Typer(
    help="Look at alerts, take them over, silence them; set rules, try them.", no_args_is_help=True
)
app.add_typer(alerts_app, name="alerts")
topics_app = typer.Typer(help="Compare the topics with what is declared, and make them so.", no_args_is_help=True)
app.add_typer(topics_app, name="topics")
warehouse_app = typer.Typer(help="Compare tables with their views, and make them so.", no_args_is_help=True)
app.add_typer(warehouse_app, name="warehouse")
surveillance_app = typer.Typer(help="Give the rules of outbreaks what they compare with.", no_args_is_help=True)
app.add_typer(surveillance_app, name="surveillance")
baselines_app = typer.Typer(help="What was counted in the years before, by disease and commune.", no_args_is_help=True)
surveillance_app.add_typer(baselines_app, name="baselines")

persons_app = typer.Typer(help="Look at who is one person, and decide it.", no_args_is_help=True)
app.add_typer(persons_app, name="persons")

lake_app = typer.Typer(help="Look at the history in Iceberg, and keep its files few.", no_args_is_help=True)
app.add_typer(lake_app, name="lake")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", envvar="ENGINE_CONFIG", help="By default engine.yaml of this folder, if there."),
]
HomeOption = Annotated[Path | None, typer.Option("--home", help="Folder of all that the engine keeps (.engine).")]
RawOption = Annotated[bool, typer.Option("--raw", help="The messages that the engine of this home has kept.")]
FacilityOption = Annotated[
    str | None, typer.Option(help="Code of the sender, by default MSH-4 tells; with --raw, only its messages.")
]
LettersArgument = Annotated[
    list[str] | None, typer.Argument(help="Positions of letters, such as dead/0/12, or of raw messages.")
]
LetterReasonOption = Annotated[list[str] | None, typer.Option("--reason", help="Only this reason; may be repeated.")]
LetterFacilityOption = Annotated[str | None, typer.Option("--facility", help="Only of this sender.")]
TypeOption = Annotated[str | None, typer.Option("--type", help="Only this type: ADT^A01, or ADT for all its events.")]
StageOption = Annotated[
    Literal["listen", "transform", "load"] | None, typer.Option(help="Only those that stopped at this stage.")
]
WhereOption = Annotated[str | None, typer.Option(help="Only those that stopped at this place, such as PID-7.")]
SinceOption = Annotated[
    str | None, typer.Option(help="Only from this time on (UTC): 2026-11-25T08:00, or how long ago, as 2h.")
]
UntilOption = Annotated[str | None, typer.Option(help="Only from before this time.")]
EveryOption = Annotated[bool, typer.Option("--all", help="All of them, where no letter and no filter is named.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would come of it, and change nothing.")]
GuideForm = Literal["table", "json"]
BulletinForm = Literal["table", "json", "csv"]
BulletinPlaces = Literal["commune", "district", "city"]
BecauseOption = Annotated[str, typer.Option("--reason", help="Why; without anything of a patient.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def settings_of(
    config: Path | None, home: Path | None, port: int | None = None, metrics: int | None = None
) -> Settings:
    """The settings with what the command line says over them; raises Faults."""
    here = Path("engine.yaml")
    settings = read_settings(config or (here if here.exists() else None))
    changes: dict[str, object] = {"home": home} if home else {}
    if port is not None:
        changes["listeners"] = settings.listeners_at(port)
    if metrics is not None:
        changes["http"] = settings.http.model_copy(update={"port": metrics})
    return settings.model_copy(update=changes)


@app.command()
def run(
    config: ConfigOption = None,
    home: HomeOption = None,
    role: Annotated[list[RoleName] | None, typer.Option(help="Run only this role; may be repeated.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the first MLLP listener (2575).")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Port of metrics and health (9464).")] = None,
) -> None:
    """Run the engine until Ctrl-C or SIGTERM: every role that is of use, or those named by --role."""
    from engine.roles.run import run_engine

    settings = settings_of(config, home, port, metrics_port)
    options = _options(config, home, port, metrics_port)
    raise typer.Exit(run_engine(settings, role or [], options))


def _options(config: Path | None, home: Path | None, port: int | None, metrics: int | None) -> list[str]:
    named = {"--config": config, "--home": home, "--port": port, "--metrics-port": metrics}
    return [part for name, value in named.items() if value is not None for part in (name, str(value))]


@app.command(hidden=True)
def role(
    name: RoleName,
    status: int,
    config: ConfigOption = None,
    home: HomeOption = None,
    port: Annotated[int | None, typer.Option()] = None,
    metrics_port: Annotated[int | None, typer.Option()] = None,
    worker: Annotated[int, typer.Option()] = 0,
) -> None:
    """One role, as the supervisor starts it."""
    from engine.roles.run import run_role

    run_role(name, settings_of(config, home, port, metrics_port), status, worker)


@app.command()
def send(
    paths: Annotated[list[Path], typer.Argument(help="Files with HL7 v2 messages, or folders of them.")],
    host: Annotated[str, typer.Option(help="Where the listener is.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.")] = 2575,
    connections: Annotated[int, typer.Option(min=1, help="Connections to send over at once.")] = 1,
    rate: Annotated[float, typer.Option(min=0, help="Messages a second over all connections; 0 is no limit.")] = 0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for an acknowledgment.")] = 30,
    attempts: Annotated[int, typer.Option(min=1, help="Tries for a message that gets no answer.")] = 1,
    ca: Annotated[Path | None, typer.Option(help="Send over TLS: who signed the listener's certificate, PEM.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="The certificate to show, PEM; with --key.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    json: JsonOption = False,
) -> None:
    """Send messages over MLLP, wait for the acknowledgment of each, and count what came back.

    Exits with 1 when a message that is owed an answer got none.
    """
    from engine.commands.send import client_tls, send_paths
    from engine.listeners.sending import Line

    tls = client_tls(ca, certificate, key)
    raise typer.Exit(send_paths(paths, Line(host, port, connections, rate, timeout, attempts, tls), json))


@app.command()
def simulate(
    out: Annotated[Path | None, typer.Option(help="A new folder for messages, truth and facilities.")] = None,
    to: Annotated[str | None, typer.Option(help="A listener to send to over MLLP, HOST:PORT.")] = None,
    messages: Annotated[int, typer.Option(min=1, help="How many messages.")] = 1000,
    days: Annotated[int, typer.Option(min=1, help="The days of the city that they take, about.")] = 7,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, by default 2025-07-01.")
    ] = None,
    facilities: Annotated[
        int | None,
        typer.Option(min=1, max=11_293, help="Make up so many, hospitals first; by default those of the registry."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes another city.")] = 79,
    faults: Annotated[
        float, typer.Option(min=0, max=1, help="The share of messages that are broken, late, out of order or twice.")
    ] = 0.02,
    batch: Annotated[int, typer.Option(min=1, help="Messages a file; 1 makes .hl7, more .mllp.")] = 1000,
    rate: Annotated[float, typer.Option(min=0, help="With --to: messages a second; 0 is no limit.")] = 0,
    connections: Annotated[int, typer.Option(min=1, help="With --to: connections, a facility always on one.")] = 1,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Make up a city - facilities, people, visits, faults - and write or send what its systems would send.

    The same options make the same messages. Everybody and every number is invented. Beside the messages stands the
    truth: what a warehouse must hold afterwards, and which messages must be dead letters. For example:

    engine simulate --out city --messages 300000 --days 365 --facilities 164

    engine simulate --to 127.0.0.1:2575 --rate 100 --messages 5000

    Exits with 1 when a message that is owed an answer got none.
    """
    from engine.city.plan import FIRST_DAY, Plan
    from engine.commands.simulate.command import Asked, simulate

    if out is None and to is None:
        raise typer.BadParameter("name a folder with --out, a listener with --to, or both")
    plan = Plan(seed, messages, days, first.date() if first else FIRST_DAY, faults)
    asked = Asked(plan, facilities, out, batch, _line(to, rate, connections) if to else None)
    raise typer.Exit(simulate(settings_of(config, None), asked, json))


def _line(to: str, rate: float, connections: int) -> Line:
    """Where to send, and how; raises BadParameter for what is no HOST:PORT."""
    from engine.listeners.sending import Line

    host, colon, port = to.rpartition(":")
    if not (host and colon and port.isdigit()):
        raise typer.BadParameter("write HOST:PORT, such as 127.0.0.1:2575")
    return Line(host, int(port), connections, rate)


@app.command()
def transform(
    paths: Annotated[list[Path], typer.Argument(help="Files with HL7 v2 messages, or folders of them.")],
    facility: Annotated[str | None, typer.Option(help="Code of the sender; by default MSH-4 tells.")] = None,
    form: Annotated[
        Literal["bundle", "ndjson"],
        typer.Option("--format", help="bundle: a Bundle a message; ndjson: a resource a line."),
    ] = "bundle",
    config: ConfigOption = None,
) -> None:
    """Print the FHIR resources of each message; needs no running engine.

    A message that would be a dead letter is named on stderr with its reason, and the exit code is 1.
    """
    from engine.commands.transform import transform_paths

    raise typer.Exit(transform_paths(settings_of(config, None), paths, facility, form))


@app.command()
def check(
    config: ConfigOption = None,
    form: Annotated[
        Literal["text", "json", "github", "sarif"],
        typer.Option("--format", help="For people; for programs; for GitHub's and others' review pages."),
    ] = "text",
) -> None:
    """Check settings, registry, mappings, routes and profiles without running anything; names every fault at once."""
    from engine.commands.check import check_files

    raise typer.Exit(check_files(lambda: settings_of(config, None), form))


@app.command()
def doctor(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """Look at all that the engine needs here: files, ports, certificates, bus, warehouse, clock, disk.

    Says what to do about what is not well; changes nothing; works beside a running engine. Exits with 1 when something
    would keep the engine from its work.
    """
    from engine.commands.doctor.command import examine

    raise typer.Exit(examine(settings_of(config, home), json))


@app.command("test")
def inline_tests(
    config: ConfigOption = None,
    junit: Annotated[Path | None, typer.Option(help="Write the results to this file as JUnit XML too.")] = None,
) -> None:
    """Run the tests that stand beside the mappings, routes and profiles; exits with 1 when one fails."""
    from engine.commands.test import run_tests

    raise typer.Exit(run_tests(settings_of(config, None), junit))


@app.command()
def conformance(
    config: ConfigOption = None,
    kind: Annotated[list[Kind] | None, typer.Option(help="Only rows of this kind; may be repeated.")] = None,
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="Only rows of this map, such as PID[Patient]; may be repeated.")
    ] = None,
    uncovered: Annotated[
        bool, typer.Option("--uncovered", help="Show each row that is open: what was sent, expected, and came instead.")
    ] = False,
    form: Annotated[GuideForm, typer.Option("--format", help="A table for people, or JSON for programs.")] = "table",
) -> None:
    """Check the mappings against the HL7 v2-to-FHIR guide, row by row; exits with 1 when a row is open."""
    from engine.commands.conformance.command import check_conformance

    raise typer.Exit(check_conformance(settings_of(config, None), kind or (), map_ or (), form, uncovered=uncovered))


@app.command()
def reconcile(
    since: SinceOption = None,
    by: Annotated[
        list[Place] | None,
        typer.Option(help="A row for each of these (facility); may be repeated."),
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Name every raw message that is missing, and no more.")
    ] = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Count what became of every message received, a facility a row; exits with 1 when it does not balance."""
    from engine.commands.reconcile import Ask, reconcile_stores

    raise typer.Exit(
        reconcile_stores(settings_of(config, home), Ask(since, tuple(place.field for place in by or ()), missing, json))
    )


@app.command()
def coverage(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files with HL7 v2 messages, or folders of them.")] = None,
    raw: RawOption = False,
    facility: FacilityOption = None,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List what senders send and no line of the mappings reads: fields, components, and whole types of message.

    For each sender, the place with the standard's name, in how many messages it came, where first, a masked example.
    """
    from engine.commands.coverage import show_coverage

    raise typer.Exit(show_coverage(settings_of(config, home), _corpus(paths or [], raw), facility, json))


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A folder of mappings.")],
    new: Annotated[Path, typer.Argument(help="Another one.")],
    corpus: Annotated[list[Path] | None, typer.Option(help="Messages: a file or a folder; may be repeated.")] = None,
    raw: RawOption = False,
    facility: FacilityOption = None,
    examples: Annotated[int, typer.Option(min=0, help="Examples of each difference.")] = 3,
    show_values: Annotated[bool, typer.Option("--show-values", help="Show values as they are, not masked.")] = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Transform messages with two sets of mappings and show what differs; exits with 1 when something does.

    Differences are counted by resource type and element. Both folders are checked first; exit code 2 tells of faults.
    """
    from engine.commands.comparison import Show
    from engine.commands.diff import diff_sets

    paths = _corpus(corpus or [], raw)
    show = Show(examples, show_values, json)
    raise typer.Exit(diff_sets(settings_of(config, home), (old, new), paths, facility, show))


def _corpus(paths: list[Path], raw: bool) -> list[Path]:
    """The files to read, none for `hl7.raw`."""
    if bool(paths) == raw:
        raise typer.BadParameter("name files of messages, or --raw, one of the two")
    return paths


@app.command()
def versions(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """List the mapping sets that were put to work, oldest first, with what each made of how many messages."""
    from engine.commands.versions import list_versions

    raise typer.Exit(list_versions(settings_of(config, home), json))


@app.command()
def replay(
    since: SinceOption = None,
    until: UntilOption = None,
    facility: Annotated[str | None, typer.Option(help="Only messages of this sender.")] = None,
    message_type: TypeOption = None,
    control_id: Annotated[str | None, typer.Option(help="Only messages with this MSH-10.")] = None,
    reason: Annotated[
        list[str] | None, typer.Option(help="Only open dead letters with this reason; may be repeated.")
    ] = None,
    mappings_version: Annotated[
        str | None, typer.Option(help="Only what these mappings were the last to transform; see `engine versions`.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="Where a replay that was stopped goes on.")] = None,
    dry_run: DryRunOption = False,
    examples: Annotated[int, typer.Option(min=0, help="With --dry-run: examples of each difference.")] = 3,
    show_values: Annotated[bool, typer.Option("--show-values", help="With --dry-run: values unmasked.")] = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: Annotated[bool, typer.Option("--json", help="With --dry-run: print JSON for programs.")] = False,
) -> None:
    """Transform raw messages again, with the mappings as they are now; the warehouse keeps one effect of each.

    With --dry-run, what would change in the warehouse is shown as `engine diff` does, and the exit code is 1 when
    something would. Ctrl-C leaves what was published, and says how to go on.
    """
    from engine.commands.comparison import Show
    from engine.commands.replay.choice import read_choice
    from engine.commands.replay.replay import preview_replay, replay

    chosen = read_choice(since, until, facility, message_type, control_id, reason or (), mappings_version, start)
    settings = settings_of(config, home)
    if dry_run:
        raise typer.Exit(preview_replay(settings, chosen, Show(examples, show_values, json)))
    raise typer.Exit(replay(settings, chosen))


@app.command()
def inspect(file: Annotated[Path, typer.Argument(help="A file with HL7 v2 messages.")]) -> None:
    """Show a message field by field with the standard's names, and where python-hl7 reads it differently."""
    from engine.commands.inspect import inspect_file

    raise typer.Exit(inspect_file(file))


@app.command()
def explain(
    what: Annotated[
        str | None,
        typer.Argument(help="A file of messages, a field such as PID-8, or an element such as Patient.gender."),
    ] = None,
    ack: Annotated[Path | None, typer.Option("--ack", help="A file of messages: which answer each would get.")] = None,
    route: Annotated[
        Path | None,
        typer.Option("--route", help="A file of messages, or of resources as JSON: which routes each event takes."),
    ] = None,
    facility: Annotated[str | None, typer.Option(help="Code of the sender; by default MSH-4 tells.")] = None,
    listener: Annotated[str | None, typer.Option(help="With --ack: the listener; by default the first.")] = None,
    address: Annotated[str, typer.Option(help="With --ack: the address that the sender connects from.")] = "127.0.0.1",
    certificate: Annotated[Path | None, typer.Option(help="With --ack: the sender's certificate, PEM.")] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say why: where each value of a message's resources comes from, who reads a field, or why an answer is AR.

    For a file, every element with its value, the v2 field and the line of the mapping that made it. For a field, the
    lines that read it; for an element, the lines that fill it. With --ack, the answer that a listener gives, and the
    rule and setting that decide it. With --route, every route, whether each event takes it, and if not, which parts of
    its condition do not hold. Nothing is sent or stored, and no engine has to run.
    """
    from engine.commands.explain.answers import Peer, explain_answers
    from engine.commands.explain.lines import explain_lines
    from engine.commands.explain.resources import explain_resources
    from engine.commands.explain.routes import explain_routes

    settings = settings_of(config, None)
    if ack:
        raise typer.Exit(explain_answers(settings, ack, listener, Peer(address, certificate)))
    if route:
        raise typer.Exit(explain_routes(settings, route, facility, json))
    if what is None:
        raise typer.BadParameter("name a file, a field such as PID-8, or an element such as Patient.gender")
    if Path(what).exists():
        raise typer.Exit(explain_resources(settings, Path(what), facility, json))
    raise typer.Exit(explain_lines(settings, what))


@app.command()
def schema(
    kind: Annotated[
        str,
        typer.Argument(
            help="A kind of YAML file: engine, registry, profile, message, segment, datatype, table, overlay, routes "
            "or topics; or topic: and a topic, such as topic:fhir.patient."
        ),
    ],
) -> None:
    """Print a JSON Schema: of a kind of YAML file, for editors, or of the records of a topic, for those who read it."""
    from engine.commands.schemas import print_schema

    raise typer.Exit(print_schema(kind))


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="A SELECT over the warehouse's tables.")],
    config: ConfigOption = None,
    home: HomeOption = None,
    form: Annotated[Literal["table", "json"], typer.Option("--format", help="For people or for programs.")] = "table",
) -> None:
    """Ask the warehouse, through the running engine or directly when none runs."""
    from engine.commands.query import query_warehouse

    raise typer.Exit(query_warehouse(settings_of(config, home), sql, form))


@app.command()
def programme(
    part: Annotated[
        Literal["sectors", "facilities", "departments"] | None,
        typer.Argument(help="What to show; without it sectors and facilities."),
    ] = None,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show which facilities and departments send, since when and how late, as their own messages tell it."""
    from engine.commands.programme import show_programme

    raise typer.Exit(show_programme(settings_of(config, home), (part,) if part else ("sectors", "facilities"), json))


@app.command()
def digest(config: ConfigOption = None, home: HomeOption = None) -> None:
    """Print a hash of each warehouse table's content: equal hashes, equal content."""
    from engine.commands.query import print_digest

    raise typer.Exit(print_digest(settings_of(config, home)))


@app.command()
def unmapped(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """List the codes that no table holds, by facility and table, with how often they came."""
    from engine.commands.unmapped import list_unmapped

    raise typer.Exit(list_unmapped(settings_of(config, home), json))


@app.command()
def faults(
    config: ConfigOption = None,
    messages: Annotated[int, typer.Option(min=10, help="Messages to send, 100 a second.")] = 5000,
    count: Annotated[int, typer.Option("--faults", min=1, help="Faults to strike with.")] = 8,
    seed: Annotated[int, typer.Option(help="What chance begins with: the same seed, the same faults.")] = 1,
    json: JsonOption = False,
) -> None:
    """Kill and stop an engine in a sandbox of its own while messages flow, and count whether any is lost.

    It has its own folder and ports, and the mappings of these settings; the running engine is not touched. Exits with 1
    when a message that was acknowledged is lost, or one is counted twice.
    """
    from engine.commands.faults.command import show_faults

    raise typer.Exit(show_faults(settings_of(config, None), messages, count, seed, json))


@app.command()
def tail(
    topic: Annotated[str, typer.Argument(help="A topic, such as hl7.raw, fhir.patient, receipts or dead.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    last: Annotated[int, typer.Option("--last", "-n", min=0, help="Begin with the last so many.")] = 20,
    since: Annotated[str | None, typer.Option(help="Begin at a time instead: 2026-11-25T08:00, or 30m ago.")] = None,
    facility: Annotated[str | None, typer.Option(help="Only this facility's, by its code.")] = None,
    message_type: Annotated[
        str | None, typer.Option("--type", help="Only of this type, event or resource: ADT, ADT^A01, Patient.")
    ] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show what they say; written to the audit trail.")] = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show the records of a topic, live: time, position, key, facility, type, size, mapping set; nothing of a patient.

    The key is a hash where a record is about a patient. In order within each partition; with --last in order of time.
    """
    from engine.commands.moment import read_moment
    from engine.commands.tail.command import tail
    from engine.commands.tail.reading import Wanted
    from engine.parts import now_us

    since_ms = read_moment(since, now_us()) // 1000 if since else None
    wanted = Wanted(last, since_ms, follow, facility, message_type)
    raise typer.Exit(tail(settings_of(config, home), topic, wanted, reveal=reveal, as_json=json))


@dead_app.command("list")
def dead_list(
    reason: LetterReasonOption = None,
    facility: LetterFacilityOption = None,
    message_type: TypeOption = None,
    stage: StageOption = None,
    where: WhereOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    every: Annotated[bool, typer.Option("--all", help="Those too that are done with.")] = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List the dead letters that are open: reason, stage, position, attempts, and where the raw message stands."""
    from engine.commands.dead.listing import list_dead
    from engine.commands.dead.selection import read_selection

    chosen = read_selection((), reason or (), facility, message_type, stage, where, since, until)
    raise typer.Exit(list_dead(settings_of(config, home), chosen, every, json))


@dead_app.command("show")
def dead_show(
    letter: Annotated[str, typer.Argument(help="Its position, such as dead/0/12.")],
    reveal: Annotated[bool, typer.Option("--reveal", help="Show its message too; written to the audit trail.")] = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show one dead letter, and what was done to it; nothing of a patient, unless --reveal says so."""
    from engine.commands.dead.selection import read_position
    from engine.commands.dead.show import show_letter

    raise typer.Exit(show_letter(settings_of(config, home), read_position(letter), reveal, json))


@dead_app.command("retry")
def dead_retry(
    letters: LettersArgument = None,
    reason: LetterReasonOption = None,
    facility: LetterFacilityOption = None,
    message_type: TypeOption = None,
    stage: StageOption = None,
    where: WhereOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    every: EveryOption = False,
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Transform the messages of dead letters again, with the mappings as they are now; exits with 1 when one fails.

    Those that pass are loaded, and their letters are done with. Who did it is written to the audit trail.
    """
    from engine.commands.dead.decide import retry_letters
    from engine.commands.dead.selection import read_selection

    chosen = read_selection(letters or (), reason or (), facility, message_type, stage, where, since, until)
    raise typer.Exit(retry_letters(settings_of(config, home), chosen, every, dry_run, json))


@dead_app.command("drop")
def dead_drop(
    because: Annotated[str, typer.Option(help="Why they ask for nothing; without anything of a patient.")],
    letters: LettersArgument = None,
    reason: LetterReasonOption = None,
    facility: LetterFacilityOption = None,
    message_type: TypeOption = None,
    stage: StageOption = None,
    where: WhereOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    every: EveryOption = False,
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Mark dead letters as asking for nothing: they are listed no more, and their messages count as ignored.

    They are not removed, and a replay may still map them. Who did it, and why, is written to the audit trail.
    """
    from engine.commands.dead.decide import drop_letters
    from engine.commands.dead.selection import read_selection

    chosen = read_selection(letters or (), reason or (), facility, message_type, stage, where, since, until)
    raise typer.Exit(drop_letters(settings_of(config, home), chosen, because, every, dry_run, json))


@dead_app.command("release")
def dead_release(
    letters: LettersArgument = None,
    length: Annotated[str, typer.Option("--for", help="How long nothing is too much after that.")] = "10m",
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Let the transformer go on that stands because too many messages became dead letters.

    With letters, let their keys go on without them, on routes with `order: strict`; the letters stay open. Who did it
    is written to the audit trail.
    """
    from engine.commands.dead.decide import release_keys
    from engine.commands.dead.release import release
    from engine.commands.dead.selection import Selection, read_position

    if letters:
        chosen = Selection(frozenset(map(read_position, letters)))
        raise typer.Exit(release_keys(settings_of(config, home), chosen, dry_run))
    raise typer.Exit(release(settings_of(config, home), length, dry_run))


@persons_app.command("show")
def persons_show(
    patient: Annotated[str, typer.Argument(help="The id of a Patient resource.")],
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show the person that a patient is: all patients of the person, what links them, and what was decided."""
    from engine.commands.persons.show import show_person

    raise typer.Exit(show_person(settings_of(config, home), patient, json))


@persons_app.command("contradictions")
def persons_contradictions(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """List patients who share a number and differ in birth date or sex, if nobody decided what they are."""
    from engine.commands.persons.listing import list_contradictions

    raise typer.Exit(list_contradictions(settings_of(config, home), json))


@persons_app.command("shared")
def persons_shared(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """List the numbers that join nobody, as too many patients have them or as they are no numbers."""
    from engine.commands.persons.listing import list_shared

    raise typer.Exit(list_shared(settings_of(config, home), json))


@persons_app.command("link")
def persons_link(
    one: Annotated[str, typer.Argument(help="The id of a Patient resource.")],
    other: Annotated[str, typer.Argument(help="Another one.")],
    because: BecauseOption,
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Decide that two patients are one person, whatever their numbers say; written to the audit trail."""
    from engine.commands.persons.decide import decide

    raise typer.Exit(decide(settings_of(config, home), one, other, because, together=True))


@persons_app.command("unlink")
def persons_unlink(
    one: Annotated[str, typer.Argument(help="The id of a Patient resource.")],
    other: Annotated[str, typer.Argument(help="Another one.")],
    because: BecauseOption,
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Decide that nothing links two patients, whatever their numbers say; written to the audit trail."""
    from engine.commands.persons.decide import decide

    raise typer.Exit(decide(settings_of(config, home), one, other, because, together=False))


@lake_app.command("list")
def lake_list(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """List the tables of the lake: rows, files, bytes, snapshots, and when the newest was made."""
    from engine.commands.lake import list_lake

    raise typer.Exit(list_lake(settings_of(config, home), json))


@lake_app.command("compact")
def lake_compact(
    target: Annotated[int, typer.Option(min=1, help="MiB that a file should have.")] = 32,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Rewrite small files of the lake as large ones, while others load; no row changes."""
    from engine.commands.lake import compact_lake

    raise typer.Exit(compact_lake(settings_of(config, home), target << 20, json))


@lake_app.command("expire")
def lake_expire(
    before: Annotated[str, typer.Option(help="Snapshots from before then: a time (UTC), or how long ago.")] = "7d",
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Forget old snapshots of the lake, and remove files that nothing refers to and that are older than a day."""
    from engine.commands.lake import expire_lake
    from engine.commands.moment import read_moment
    from engine.parts import now_us

    moment = datetime.fromtimestamp(read_moment(before, now_us()) / 1_000_000, UTC)
    raise typer.Exit(expire_lake(settings_of(config, home), moment, json))


@audit_app.command("list")
def audit_list(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """List the security events, oldest first: what happened, on which listener, from which address, how often."""
    from engine.commands.audit import list_events

    raise typer.Exit(list_events(settings_of(config, home), json))


@audit_app.command("verify")
def audit_verify(config: ConfigOption = None, home: HomeOption = None) -> None:
    """Check the chain of the security events; names the first record that was edited, removed or moved, and exits 1."""
    from engine.commands.audit import verify_events

    raise typer.Exit(verify_events(settings_of(config, home)))


@topics_app.command("diff")
def topics_diff(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """Show which topics are missing, or not as `topics.yaml` and `bus` declare them; exits with 1 when one is."""
    from engine.commands.topics import diff_topics

    raise typer.Exit(diff_topics(settings_of(config, home), json))


@topics_app.command("apply")
def topics_apply(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """Make missing topics, and change those that are not as declared.

    Never deletes a topic, nor makes one hold less or promise less: says what stays as it is, and what to do about that;
    exits with 1 then.
    """
    from engine.commands.topics import apply_topics

    raise typer.Exit(apply_topics(settings_of(config, home), json))


@warehouse_app.command("plan")
def warehouse_plan(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """Show what `apply` would change, and change nothing; exits with 1 when there is something."""
    from engine.commands.warehouse import plan_warehouse

    raise typer.Exit(plan_warehouse(settings_of(config, home), json))


@warehouse_app.command("apply")
def warehouse_apply(config: ConfigOption = None, home: HomeOption = None) -> None:
    """Bring the warehouse's tables up to the views: add tables and columns, and fill them from what is current.

    Never drops a table or a column. It may be broken off and repeated. DuckDB lets one process in, so stop the loader
    first; on PostgreSQL a loader that runs starts again with the views that it finds.
    """
    from engine.commands.warehouse import apply_warehouse

    raise typer.Exit(apply_warehouse(settings_of(config, home)))


@baselines_app.command("load")
def baselines_load(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="CSV files: disease, list (2025 or legacy), commune, year, week or month, cases, epidemic."
        ),
    ],
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Load histories of diseases; counts of wards of before July 2025 become those of the communes of today."""
    from engine.commands.baselines import load_baselines

    raise typer.Exit(load_baselines(settings_of(config, home), paths))


@baselines_app.command("list")
def baselines_list(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """Show which diseases and communes have a history, and of which years."""
    from engine.commands.baselines import list_baselines

    raise typer.Exit(list_baselines(settings_of(config, home), json))


@views_app.command("check")
def views_check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files of views, or folders of them; by default views of the mappings.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Check ViewDefinitions (SQL on FHIR v2), and tell everything that is wrong in them."""
    from engine.commands.views import check_views

    raise typer.Exit(check_views(paths or [settings_of(config, None).mappings / "views"]))


@views_app.command("run")
def views_run(
    view: Annotated[Path, typer.Argument(help="The file of a view, YAML or JSON.")],
    resources: Annotated[Path, typer.Option(help="A JSON array of resources, or a file with one resource a line.")],
) -> None:
    """Run one view over the resources of a file, and print its rows as JSON, one a line.

    Exits with 1 when a resource does not fit the view, for example because a column has several values.
    """
    from engine.commands.views import run_view

    raise typer.Exit(run_view(view, resources))


WhyOption = Annotated[str, typer.Option("--why", help="Why; without anything of a patient.")]


@alerts_app.command("list")
def alerts_list(
    every: Annotated[bool, typer.Option("--all", help="Those that ended too.")] = False,
    rule: Annotated[str, typer.Option(help="Only of this rule.")] = "",
    facility: Annotated[str, typer.Option(help="Only of this facility.")] = "",
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List the alerts that fire, oldest first; nothing that a message says."""
    from engine.commands.alerts.listing import list_alerts

    raise typer.Exit(list_alerts(settings_of(config, home), every, rule, facility, json))


@alerts_app.command("show")
def alerts_show(
    alert: Annotated[str, typer.Argument(help="The id of the alert, or how it begins.")],
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show one alert: who took it over, who is to hear of it, and the events that it rests on."""
    from engine.commands.alerts.listing import show_alert

    raise typer.Exit(show_alert(settings_of(config, home), alert, json))


@alerts_app.command("lines")
def alerts_lines(
    every: Annotated[bool, typer.Option("--all", help="Those that were notified too.")] = False,
    place: Annotated[str, typer.Option(help="Only of this commune, by its code.")] = "",
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List the cases that are to be notified, by when, and from where; patients under keyed references."""
    from engine.commands.alerts.lines import list_lines

    raise typer.Exit(list_lines(settings_of(config, home), every, place, json))


@alerts_app.command("bulletin")
def alerts_bulletin(
    week: Annotated[str, typer.Option(help="2026-W47, or a day in it; the last whole week.")] = "",
    by: Annotated[
        BulletinPlaces, typer.Option(help="Communes, districts of before July 2025, or the city.")
    ] = "commune",
    disease: Annotated[str, typer.Option(help="Only of ICD-10 codes that begin so, such as A97.")] = "",
    places: Annotated[int, typer.Option(min=0, help="The places with most cases, so many a disease; 0 for all.")] = 5,
    config: ConfigOption = None,
    home: HomeOption = None,
    form: Annotated[BulletinForm, typer.Option("--format", help="For people, for programs, or for a sheet.")] = "table",
) -> None:
    """Tell a week's cases of the diseases that must be notified, against the mean of the four weeks before.

    Weeks are from Monday to Sunday. Cases are those of the warehouse (`notifiable_by_day`), so that corrections and
    late messages change weeks that are over: `engine alerts bulletin --week 2026-W47 --by district --format csv`.
    """
    from engine.commands.alerts.bulletin import Asked, print_bulletin

    raise typer.Exit(print_bulletin(settings_of(config, home), Asked(week, by, disease, places), form))


@alerts_app.command("acknowledge")
def alerts_acknowledge(
    alerts: Annotated[list[str], typer.Argument(help="Ids of alerts, or how they begin.")],
    why: WhyOption,
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Take alerts over, or say that cases were notified, so that nobody further is told.

    Who did it, and why, is written to the audit trail.
    """
    from engine.commands.alerts.decide import acknowledge

    raise typer.Exit(acknowledge(settings_of(config, home), alerts, why))


@alerts_app.command("silence")
def alerts_silence(
    why: WhyOption,
    rule: Annotated[str, typer.Option(help="Alerts of this rule.")] = "",
    facility: Annotated[str, typer.Option(help="Alerts of this facility.")] = "",
    alert: Annotated[str, typer.Option(help="This alert.")] = "",
    length: Annotated[str, typer.Option("--for", help="How long: 30m, 2h or 7d.")] = "1h",
    end: Annotated[str, typer.Option(help="End this silence instead.")] = "",
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Have nobody told of some alerts for a while; they stand in the list all the same.

    Who did it, and why, is written to the audit trail.
    """
    from engine.alerts.decisions import Silence
    from engine.commands.alerts.decide import end_silence, silence

    settings = settings_of(config, home)
    asked = Silence("", 0, 0, "", 0, why, rule, facility, alert)
    raise typer.Exit(end_silence(settings, end, why) if end else silence(settings, asked, length, why))


@alerts_app.command("set")
def alerts_set(
    rule: Annotated[str, typer.Argument(help="The rule; without one, all numbers are listed.")] = "",
    name: Annotated[str, typer.Argument(help="The number, such as potassium.above.")] = "",
    value: Annotated[float | None, typer.Argument(help="Its value; without one that of the file counts again.")] = None,
    why: Annotated[str, typer.Option("--why", help="Why; without anything of a patient.")] = "",
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Set a number of a rule while the engine runs; a deployment leaves it as it is.

    Who did it, and why, is written to the audit trail.
    """
    from engine.commands.alerts.decide import list_settings, set_number

    settings = settings_of(config, home)
    raise typer.Exit(set_number(settings, rule, name, value, why) if rule else list_settings(settings))


@alerts_app.command("backtest")
def alerts_backtest(
    rule: Annotated[str, typer.Argument(help="The rule, as its file has it now.")],
    since: Annotated[str, typer.Option(help="From when on: 2026-11-25T08:00, or how long ago, as 7d.")] = "7d",
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Say when a rule would have told somebody, from the events that the bus has; nobody is told now."""
    from engine.commands.alerts.backtest import backtest

    raise typer.Exit(backtest(settings_of(config, home), rule, since, json))


def main() -> None:
    """Run the command; faults in what people wrote are printed with their places and end with exit code 2.

    What is logged meanwhile goes to stderr: stdout is the command's answer, which programs read.
    """
    from engine.bus.bus import BusError
    from engine.observe.logs import configure_logs

    configure_logs("warning")
    try:
        app()
    except BusError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(FAULTY)
    except Faults as faults:
        sys.stderr.write(show(faults.faults) + "\n")
        sys.exit(FAULTY)
