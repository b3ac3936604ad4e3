"""The files listener over a real folder: what is taken, what is answered, and what is never touched."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.bus.bus import Producer
from engine.listeners.folder import DONE, REFUSED, Folder, Found, Stamp, is_wanted
from engine.listeners.resting import Resting
from engine.listeners.sockets import ListenFault
from tests.listeners.producers import Failing, Held
from tests.listeners.running import Listening, Running, framed, message, seconds, wait_until

NOW = {"every": seconds(0.02), "settle": seconds(0.05)}


def watching(tmp_path: Path, **settings: object) -> Listening:
    """A listener that watches `in`, quickly."""
    return over(tmp_path, lambda own: own, **settings)


def over(tmp_path: Path, producer: Callable[[Producer], Any], **settings: object) -> Listening:
    (tmp_path / "in").mkdir(exist_ok=True)
    every: Any = {"folder": tmp_path / "in", **NOW, **settings}
    return Running(tmp_path / "bus", producer, kind="files", **every)


def names(folder: Path) -> list[str]:
    """What stands in the folder but the listener's own."""
    return sorted(one.name for one in folder.iterdir() if one.name not in (DONE, REFUSED, ".engine.lock"))


def codes(answers: bytes) -> list[str]:
    found = [line.split(b"|") for line in answers.split(b"\r") if line.startswith(b"MSA")]
    return [f"{line[1].decode()} {line[2].decode()}" for line in found]


def test_each_message_of_a_file_is_stored_and_answered_in_order(tmp_path: Path) -> None:
    payloads = [message(str(number)) for number in range(5)]
    with watching(tmp_path) as running:
        (tmp_path / "in" / "day.hl7").write_bytes(b"".join(payloads))
        wait_until((tmp_path / "in" / "done" / "day.hl7").exists)
        assert codes((tmp_path / "in" / "day.hl7.ack").read_bytes()) == [f"AA {number}" for number in range(5)]
        assert running.raw() == payloads
        assert (tmp_path / "in" / "done" / "day.hl7").read_bytes() == b"".join(payloads)
        assert names(tmp_path / "in") == ["day.hl7.ack"]
    assert running.count("engine_messages_received_total", type="ADT") == 5
    assert running.count("engine_acknowledgments_total", code="AA") == 5


def test_a_file_with_a_refused_message_goes_to_refused(tmp_path: Path) -> None:
    with watching(tmp_path) as running:
        (tmp_path / "in" / "a.txt").write_bytes(framed(message("1")) + framed(message("2", msh={11: "X"})))
        wait_until((tmp_path / "in" / "refused" / "a.txt").exists)
        assert codes((tmp_path / "in" / "a.txt.ack").read_bytes()) == ["AA 1", "AR 2"]
        assert (running.raw(), [one.value for one in running.dead()]) == ([message("1")], [message("2", msh={11: "X"})])


@pytest.mark.parametrize("content", [b"", b" \r\n", b"hello"], ids=["empty", "blank", "text"])
def test_a_file_without_a_message_is_kept_as_a_dead_letter(tmp_path: Path, content: bytes) -> None:
    with watching(tmp_path) as running:
        (tmp_path / "in" / "a.hl7").write_bytes(content)
        wait_until((tmp_path / "in" / "refused" / "a.hl7").exists)
        assert [one.value for one in running.dead()] == [content]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    with watching(tmp_path):
        for number in range(3):
            (folder / "a.hl7").write_bytes(message(str(number)))
            wait_until(lambda: not (folder / "a.hl7").exists())
        assert names(folder) == ["a.hl7.1.ack", "a.hl7.2.ack", "a.hl7.ack"]
        assert [one.read_bytes() for one in sorted((folder / "done").iterdir())] == [
            message("1"),
            message("2"),
            message("0"),
        ]


def test_a_file_that_is_still_written_is_left(tmp_path: Path) -> None:
    with watching(tmp_path, settle=seconds(1)) as running, (tmp_path / "in" / "a.hl7").open("wb") as file:
        file.write(message("1"))
        file.flush()
        wait_until(lambda: names(tmp_path / "in") == ["a.hl7"])
        file.write(message("2"))
        file.flush()
        wait_until((tmp_path / "in" / "done" / "a.hl7").exists)
        assert running.raw() == [message("1"), message("2")]


def test_a_file_rests_from_its_last_change() -> None:
    resting = Resting(2.0)
    begun, grown = Found("a", Stamp(1, 10, 5)), Found("a", Stamp(1, 20, 6))
    assert [resting.look([one], now) for one, now in ((begun, 0), (begun, 1.9), (grown, 2), (grown, 3.9))] == [[]] * 4
    assert resting.look([grown], 4.0) == [grown]


@pytest.mark.parametrize("name", ["a.hl7.tmp", "a.part", ".a.hl7", "a.hl7.ack", "a.pdf", "a", "x" * 250 + ".hl7"])
def test_a_name_that_is_not_for_the_listener_is_left(name: str) -> None:
    assert not is_wanted(name)


@pytest.mark.parametrize(
    "name", ["a.hl7", "A.HL7", "a.txt", "a.mllp", "a\n\x1b[31m.hl7", "\udcff\udcfe.hl7", "..hl7x.hl7"[1:]]
)
def test_what_is_wanted_goes_by_the_suffix(name: str) -> None:
    assert is_wanted(name) == (not name.startswith("."))


def test_odd_names_are_taken_and_never_logged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    odd = [b"NGUYEN\nVAN\x1b[31mA.hl7", b"\xff\xfe-NGUYEN.hl7", b"NGUYEN %s {} ;rm.hl7"]
    with watching(tmp_path) as running:
        for number, name in enumerate(odd):
            (tmp_path / "in" / os.fsdecode(name)).write_bytes(message(str(number)))
        wait_until(lambda: len(list((tmp_path / "in" / "done").iterdir())) == len(odd))
        assert sorted(map(os.fsencode, os.listdir(tmp_path / "in" / "done"))) == sorted(odd)
        assert sorted(running.raw()) == [message(str(number)) for number in range(3)]
    printed = capfd.readouterr()
    assert "NGUYEN" not in printed.out + printed.err


def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "secret.hl7").write_bytes(message("secret"))
    (folder / "link.hl7").symlink_to(outside / "secret.hl7")
    (folder / "dangling.hl7").symlink_to(outside / "none")
    (folder / "linked-folder.hl7").symlink_to(outside)
    (folder / "folder.hl7").mkdir()
    (folder / "folder.hl7" / "inside.hl7").write_bytes(message("inside"))
    os.mkfifo(folder / "fifo.hl7")
    if os.geteuid() == 0:
        os.mknod(folder / "device.hl7", 0o20666, os.makedev(1, 5))
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(os.path.relpath(folder / "socket.hl7"))
    before = names(folder)
    with watching(tmp_path) as running:
        (folder / "real.hl7").write_bytes(message("real"))
        wait_until((folder / "done" / "real.hl7").exists)
    listening.close()
    assert running.raw() == [message("real")]
    assert names(folder) == sorted([*before, "real.hl7.ack"])
    assert (outside / "secret.hl7").read_bytes() == message("secret")


@pytest.mark.parametrize("name", ["done", "refused", ".engine.lock"])
def test_a_link_in_place_of_the_listeners_own_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "in" / name).symlink_to(tmp_path / "outside")
    with pytest.raises(ListenFault, match="see that it can be written"):
        asyncio.run(watching(tmp_path).make_listener().start())
    assert not list((tmp_path / "outside").iterdir())


def test_a_folder_is_watched_by_one_engine(tmp_path: Path) -> None:
    with watching(tmp_path), pytest.raises(ListenFault, match="another engine watches it"):
        Folder(tmp_path / "in")
    Folder(tmp_path / "in").close()


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    running = watching(tmp_path, folder=tmp_path / "none")
    with pytest.raises(ListenFault, match="see that it is there"):
        asyncio.run(running.make_listener().start())


def test_a_file_that_is_not_stored_stays_and_is_tried_again(tmp_path: Path) -> None:
    failing = [True]
    producer = partial(Failing, refuses=lambda _records: failing[0])
    content = message("1") + message("2")
    with over(tmp_path, producer, ack_deadline=seconds(0.3)) as running:
        (tmp_path / "in" / "a.hl7").write_bytes(content)
        wait_until(lambda: isinstance(running.producer, Failing) and running.producer.refused >= 3)
        assert names(tmp_path / "in") == ["a.hl7"]
        failing[0] = False
        wait_until((tmp_path / "in" / "done" / "a.hl7").exists)
        assert running.raw() == [message("1"), message("2")]
        assert codes((tmp_path / "in" / "a.hl7.ack").read_bytes()) == ["AA 1", "AA 2"]


def test_nothing_is_answered_before_it_is_durable(tmp_path: Path) -> None:
    with over(tmp_path, Held) as running:
        producer: Producer = running.producer
        assert isinstance(producer, Held)
        (tmp_path / "in" / "a.hl7").write_bytes(message("1"))
        wait_until(lambda: producer.held)
        assert names(tmp_path / "in") == ["a.hl7"]
        producer.let_go()
        wait_until((tmp_path / "in" / "a.hl7.ack").exists)


def test_a_file_that_cannot_be_put_away_is_answered_once(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    with watching(tmp_path, duplicate_window=0) as running:
        (folder / "done").rmdir()
        (folder / "a.hl7").write_bytes(message("1"))
        (folder / "b.hl7").write_bytes(message("2", msh={11: "X"}))
        wait_until((folder / "refused" / "b.hl7").exists)
        assert names(folder) == ["a.hl7", "a.hl7.ack", "b.hl7.ack"]
        assert running.raw() == [message("1")]


def test_a_file_that_changes_while_it_is_taken_is_taken_again(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    with over(tmp_path, Held) as running:
        producer: Any = running.producer
        (folder / "a.hl7").write_bytes(message("1"))
        wait_until(lambda: producer.held)
        (folder / "a.hl7").write_bytes(message("1") + message("2"))
        producer.let_go()
        wait_until((folder / "done" / "a.hl7").exists)
        wait_until(lambda: running.raw() == [message("1"), message("2")])
        wait_until(lambda: names(folder) == ["a.hl7.1.ack", "a.hl7.ack"] and (folder / "done" / "a.hl7").exists())
        assert codes((folder / "a.hl7.1.ack").read_bytes()) == ["AA 1", "AA 2"]


def test_a_file_larger_than_all_memory_is_refused_by_its_beginning(tmp_path: Path) -> None:
    with watching(tmp_path, max_in_flight=10_000, max_frame=5_000) as running:
        (tmp_path / "in" / "a.hl7").write_bytes(message("1", rest="OBX|1|" + "x" * 20_000 + "\r"))
        wait_until((tmp_path / "in" / "refused" / "a.hl7").exists)
        assert codes((tmp_path / "in" / "a.hl7.ack").read_bytes()) == ["AR 1"]
        assert [one.value for one in running.dead()] == [message("1").partition(b"\r")[0]]
