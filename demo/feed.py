"""The sample feed: some hundred HL7 v2 messages of six facilities, always the same for the same seed.

`python -m demo.feed --count N --out DIR` writes them as files, one message a file, with `expected.json` beside them.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from random import Random

from demo.city import FIRST_DAY, City
from demo.faults import FAULTS, Writer, resend
from demo.message import FeedMessage, write_message
from demo.stories import tell_stories
from demo.visits import Told, admit

COUNT = 600
SEED = 79
FAULTY = 0.03
"""The share of messages that something is wrong with."""

Draft = tuple[Told, Writer]


def make_feed(count: int = COUNT, seed: int = SEED, first_day: datetime = FIRST_DAY) -> list[FeedMessage]:
    """`count` messages in order of time, about three in a hundred of them faulty, each with what must become of it.

    Visits begin in the week from `first_day` on, and end within the week after.
    """
    rng = Random(seed)  # noqa: S311 - a feed is to be the same every time
    faults = round(count * FAULTY)
    resends = faults // (len(FAULTS) + 1)
    city = City(rng, first_day)
    drafts = [*_good(city, count - faults), *_faulty(city, faults - resends)]
    drafts.sort(key=lambda draft: draft[0].when)
    return _with_resends(list(_write(drafts)), resends, rng)


def _good(city: City, count: int) -> list[Draft]:
    drafts: list[Draft] = []
    for story in tell_stories(city):
        drafts += [(told, write_message) for told in story]
        if len(drafts) >= count:
            break
    return drafts[:count]


def _faulty(city: City, count: int) -> Iterator[Draft]:
    """Visits that begin with a message gone wrong, of one kind of fault after the other."""
    for number in range(count):
        sender, write = FAULTS[number % len(FAULTS)]
        yield admit(city.visit(sender, "O")), write


def _write(drafts: Sequence[Draft]) -> Iterator[FeedMessage]:
    numbers: Counter[str] = Counter()
    for told, write in drafts:
        numbers[told.sender.code] += 1
        yield write(told, f"{told.sender.code}-{numbers[told.sender.code]:06d}")


def _with_resends(messages: list[FeedMessage], count: int, rng: Random) -> list[FeedMessage]:
    """The messages with some good ones sent once more, each a little after the first time."""
    good = [message for message in messages if message.expected_answer and not message.is_fault]
    for message in rng.sample(good, count):
        place = messages.index(message) + rng.randrange(1, 20)
        messages.insert(place, resend(message))
    return messages


def write_feed(messages: Sequence[FeedMessage], folder: Path) -> None:
    """Write each message to a file of its own, numbered in order, and what must become of them to `expected.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for number, message in enumerate(messages, 1):
        name = f"{number:05d}.hl7"
        (folder / name).write_bytes(message.payload)
        expected[name] = {
            "facility": message.facility,
            "type": message.type,
            "answer": message.expected_answer,
            "fate": message.expected_fate,
            "reason": message.expected_reason,
        }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def main() -> None:
    """Write the feed to a folder."""
    parser = argparse.ArgumentParser(prog="python -m demo.feed", description="Write the sample feed to a folder.")
    parser.add_argument("--count", type=int, default=COUNT, help="how many messages (%(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed makes another feed (%(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="the folder, made if it is not there")
    options = parser.parse_args()
    messages = make_feed(options.count, options.seed)
    write_feed(messages, options.out)
    print(f"{len(messages)} messages written to {options.out}")


if __name__ == "__main__":
    main()
