"""No answer leaves before its record is on the disk: told by the system calls of a listener's process (strace)."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from tests.listeners.running import Peer, framed, message
from tests.listeners.test_process import Child, child
from tests.rig.process import free_port
from tests.rig.proof import count, report
from tests.rig.syscalls import SYNCS, Call, Early, check_order, read_trace, strace, syncs_tried_again

ROUNDS = count(5, 100)
PEERS, BURST = 4, 10
PRODUCERS = ("embedded",)
"""What tests.listeners.child can put before the bus, and what must keep the order."""


def tokens(round_number: int) -> list[str]:
    """Control ids that occur nowhere else, for one round of all connections."""
    return [f"TOKEN{round_number:04}x{number:03}Y" for number in range(PEERS * BURST)]


def feed(port: int, rounds: int) -> list[str]:
    """Send bursts over several connections, each answered before the next; the tokens that were answered AA."""
    acknowledged = []
    peers = [Peer(port) for _ in range(PEERS)]
    for at in range(rounds):
        ids = tokens(at)
        for number, peer in enumerate(peers):
            peer.send(b"".join(framed(message(one)) for one in ids[number::PEERS]))
        codes = [peer.code() for peer in peers for _ in range(BURST)]
        acknowledged += [code.removeprefix("AA ") for code in codes if code.startswith("AA ")]
    for peer in peers:
        peer.close()
    return acknowledged


def trace(home: Path, rounds: int, *options: str, producer: str = "embedded") -> tuple[list[str], list[Call]]:
    """The tokens that a listener acknowledged, and its calls; `options` of strace may inject faults."""
    EmbeddedBus(home).ensure([Topic("hl7.raw", partitions=2), Topic("dead", partitions=2), Topic("sequences", 1)])
    file = home.with_suffix(".trace")
    with child(home, free_port(), producer=producer, under=strace(file, *options)) as running:
        acknowledged = feed(running.port, rounds)
    return acknowledged, read_trace(file.read_text("ascii").splitlines())


def stored(home: Path) -> list[bytes]:
    bus = EmbeddedBus(home)
    return [record.value for part, span in bus.spans("hl7.raw").items() for record in bus.read(part, 0, span.next)]


@pytest.mark.prove
@pytest.mark.parametrize("producer", PRODUCERS)
def test_no_answer_is_written_before_the_sync_of_its_record_returned(tmp_path: Path, producer: str) -> None:
    acknowledged, calls = trace(tmp_path / "home", ROUNDS, producer=producer)
    assert len(acknowledged) == ROUNDS * PEERS * BURST
    assert check_order(calls, acknowledged) == len(acknowledged)
    syncs = sum(1 for call in calls if call.name in SYNCS)
    report(
        f"order-of-system-calls-{producer}",
        "# No answer before its record is on the disk\n\nA listener under strace. For each message: the write that "
        "holds its record ended, then a fdatasync or fsync of that file began and returned 0, and then the first byte "
        f"of its answer was written to a socket.\n\n{len(acknowledged):,} messages over {PEERS} connections, "
        f"{len(calls):,} calls, {syncs:,} of them syncs: 0 answers too early. The same check finds a listener whose "
        "bus says durable before it stores.\n",
    )


def test_a_bus_that_says_durable_too_early_is_caught(tmp_path: Path) -> None:
    acknowledged, calls = trace(tmp_path / "home", 1, producer="hasty")
    assert len(acknowledged) == PEERS * BURST
    with pytest.raises(Early):
        check_order(calls, acknowledged)


FIRST = 24
"""Which pwrite64 is the last before the first record: opening a topic makes eight of them, and three are opened."""

FAULTS = {
    "fsync fails once": ("inject=fdatasync:error=EIO:when=3",),
    "fsync fails for a while": ("inject=fdatasync:error=EIO:when=3..5",),
    "the disk is full for a while": (f"inject=pwrite64:error=ENOSPC:when={FIRST}..{FIRST + 6}",),
    "the quota is used up for a while": (f"inject=pwrite64:error=EDQUOT:when={FIRST}..{FIRST + 6}",),
    "writing fails for a while": (f"inject=pwrite64:error=EIO:when={FIRST}..{FIRST + 6}",),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_disk_brings_no_early_answer_and_passes_by_itself(tmp_path: Path, fault: str) -> None:
    home = tmp_path / "home"
    acknowledged, calls = trace(home, 6, *(word for one in FAULTS[fault] for word in ("-e", one)))
    assert [call for call in calls if call.result < 0 and call.name in SYNCS | {"pwrite64"}], "no fault was met"
    assert acknowledged
    assert sorted(acknowledged) == sorted(token for at in range(6) for token in tokens(at))
    assert check_order(calls, acknowledged) == len(acknowledged)
    assert syncs_tried_again(calls) == []
    assert _ids(stored(home)) >= set(acknowledged)


def test_a_slow_disk_delays_answers_and_nothing_else(tmp_path: Path) -> None:
    began = time.monotonic()
    acknowledged, calls = trace(tmp_path / "home", 2, "-e", "inject=fdatasync:delay_exit=400000")
    assert time.monotonic() - began > 0.8
    assert len(acknowledged) == 2 * PEERS * BURST
    assert check_order(calls, acknowledged) == len(acknowledged)


def test_a_file_that_may_not_grow_holds_answers_back_until_it_may(tmp_path: Path) -> None:
    """EFBIG, as a limit of the process has it; what was acknowledged before stays whole."""
    with child(tmp_path, free_port()) as running, Peer(running.port) as peer:
        assert _exchange(peer, "before") == "AA before"
        _limit(running, max(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file()))
        for number in range(30):
            peer.send(framed(message(f"held{number}", rest="PID|1||7\r" + "NTE|1||" + "x" * 30_000 + "\r")))
        assert peer.silent(1.0)
        assert _ids(stored(tmp_path)) == {"before"}
        _limit(running, resource.RLIM_INFINITY)
        assert [peer.code() for _ in range(30)] == [f"AA held{number}" for number in range(30)]
    assert _ids(stored(tmp_path)) == {"before", *(f"held{number}" for number in range(30))}


def _exchange(peer: Peer, control_id: str) -> str:
    peer.send(framed(message(control_id)))
    return peer.code()


def _limit(running: Child, size: int) -> None:
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _ids(payloads: Sequence[bytes]) -> set[str]:
    return {payload.split(b"|")[9].decode() for payload in payloads}


WRITE = '11 1.0 pwrite64(5</b/raw-wal>, "..A1..", 16, 0) = 16'
SYNC = "11 1.1 fdatasync(5</b/raw-wal>) = 0"
TOLD = '12 1.2 write(9<socket:[77]>, "MSA|AA|A1", 9) = 9'


@pytest.mark.parametrize(
    "lines",
    [
        [WRITE, TOLD, SYNC],
        [SYNC, WRITE, TOLD],
        [WRITE, SYNC.replace("= 0", "= -1 EIO (Input/output error)"), TOLD],
        [WRITE, SYNC.replace("raw-wal", "other"), TOLD],
        [WRITE, SYNC.replace(") = 0", " <unfinished ...>"), TOLD, "11 1.3 <... fdatasync resumed>) = 0"],
        [SYNC.replace(") = 0", " <unfinished ...>"), WRITE, "11 1.3 <... fdatasync resumed>) = 0", TOLD],
    ],
)
def test_an_order_that_promises_too_much_is_caught(lines: list[str]) -> None:
    with pytest.raises(Early):
        check_order(read_trace(lines), ["A1"])


def test_an_order_that_holds_is_seen_though_threads_interrupt_each_other() -> None:
    lines = [WRITE, SYNC.replace(") = 0", " <unfinished ...>"), '12 1.1 write(3</log>, "x", 1) = 1']
    lines += ["11 1.3 <... fdatasync resumed>) = 0", TOLD]
    assert check_order(read_trace(lines), ["A1"]) == 1


def test_a_sync_tried_again_on_the_same_handle_is_caught() -> None:
    failed = SYNC.replace("= 0", "= -1 EIO (Input/output error)")
    assert len(syncs_tried_again(read_trace([failed, SYNC]))) == 1
    assert syncs_tried_again(read_trace([failed, "11 1.1 close(5</b/raw-wal>) = 0", SYNC])) == []
