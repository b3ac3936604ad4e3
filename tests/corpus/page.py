"""What was found in a folder of messages, as a page for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from engine.canonical.receipt import Outcome
from engine.commands.share import counts
from engine.commands.sightings import Sightings
from engine.hl7.path import Path
from tests.corpus.looking import Found

SHOWN = 40
HEAD = """# Messages of others

{messages:,} messages of {types} types, from public projects and invented: {mapped:,} mapped, {answers:,} answers
that ask for nothing, {dead:,} dead letters. Exceptions: {raised}.

The share of fields with a value that no line reads is averaged over the messages that were mapped. Set ids, OBX-2,
MSH-1, MSH-2, MSH-12, MSH-15, MSH-16 and Z segments are left out; what the engine itself reads of MSH and EVN counts as
read.
"""


def written(found: Mapping[str, Found]) -> str:
    """The page, of what one folder becomes under each of several mapping sets."""
    first, *_, last = found.values()
    shares = ((name, f"{sum(one.resources.values()):,}", len(one.faults), _share(one)) for name, one in found.items())
    head = HEAD.format(
        messages=sum(first.outcomes.values()),
        types=len(first.types),
        mapped=first.outcomes[Outcome.MAPPED],
        answers=first.outcomes[Outcome.IGNORED],
        dead=first.outcomes[Outcome.DEAD],
        raised=sum(len(one.raised) for one in found.values()),
    )
    tables = (
        _table(("mappings", "resources", "invalid, or referring to nothing", "fields unread"), shares),
        _table(("reason of dead letters", "messages"), Counter(first.letters.values()).most_common()),
        _table(("field that no line reads, with all optional resources", "messages"), _unread(last.sightings)),
    )
    return "\n".join((head, *tables))


def _share(found: Found) -> str:
    return f"{found.sightings.share:.2%}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _unread(sightings: Sightings) -> list[tuple[Path, int]]:
    """The fields of which no part is read, the most frequent first."""
    found: Counter[Path] = Counter()
    for (_, path), place in sightings.places.items():
        if path == Path(path.segment, path.field) and counts(path.segment, path.field):
            found[path] += place.count
    return found.most_common(SHOWN)
