"""The course of rules: what repeats changes nothing, what people decide counts, what came late pages nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.alerts.alert import Status
from engine.alerts.case_file import diagnosed
from engine.alerts.course import Course
from engine.alerts.decisions import (
    Decisions,
    Setting,
    Silence,
    encode_acknowledged,
    encode_forgotten,
    encode_setting,
    read_decisions,
)
from engine.alerts.event import Event, Person, person_of, read_event
from engine.alerts.frame import Kept
from engine.alerts.load import load_rules
from engine.alerts.rule import Policy, Rule
from engine.alerts.standing import Acknowledged, Standing
from engine.canonical.version import version
from tests.alerts.feed import TOPIC, Sent, expected, make_feed, record_of
from tests.alerts.running import RULES

BEGAN = 1_790_000_000_000_000
MINUTE = 60_000_000
FEED = [read_event(record_of(one)) for one in make_feed(120, 20, BEGAN)]
CRITICAL, MEASLES = load_rules(RULES)


def course(*rules: Rule, **changes: Any) -> Course:
    return Course([replace(one, policy=replace(one.policy, **changes)) for one in rules or (CRITICAL, MEASLES)])


def potassium(value: float, minute: float, number: int = 0, unit: str = "mmol/L") -> Event:
    sent = Sent(number, BEGAN + round(minute * MINUTE), "79901", "r", "Observation", "final", value, unit)
    return read_event(record_of(sent))


def only(running: Course) -> Standing:
    (one,) = running.standing.values()
    return one


def run(running: Course, *events: Event, until: float = 0) -> Course:
    for event in events:
        running.pass_time(event.received_us)
        running.take(event, TOPIC, event.received_us)
    running.pass_time(BEGAN + round(until * MINUTE))
    return running


@given(st.lists(st.tuples(st.integers(0, 119), st.integers(0, 40)), max_size=12))
def test_whatever_is_read_again_changes_nothing(again: list[tuple[int, int]]) -> None:
    straight, stuttering = course(), course()
    for event in FEED:
        straight.take(event, TOPIC, event.received_us)
    back = dict(again)
    for place, event in enumerate(FEED):
        stuttering.take(event, TOPIC, event.received_us)
        for repeated in FEED[max(0, place - back.get(place, 0)) : place + 1] if place in back else ():
            stuttering.take(repeated, TOPIC, FEED[-1].received_us)
    assert stuttering.kept == straight.kept
    assert stripped(stuttering) == stripped(straight)


def stripped(running: Course) -> dict[str, Standing]:
    return {name: replace(one, changed_us=0) for name, one in running.standing.items()}


def test_a_course_that_lost_its_states_tells_no_alert_anew() -> None:
    first = run(course(), *FEED)
    again = Course([CRITICAL, MEASLES], standing=first.standing)
    told: list[tuple[str, Status]] = []
    for event in FEED:
        again.take(event, TOPIC, FEED[-1].received_us)
        told += [(name, one.alert.status) for name, one in again.news().standing.items()]
    assert stripped(again) == stripped(first)
    assert [name for name, status in told if status != first.standing[name].alert.status] == []


def test_alerts_are_those_of_a_plain_computation() -> None:
    feed = list(make_feed(120, 20, BEGAN))
    found = sorted((one.alert.started_us, one.alert.ended_us) for one in run(course(), *FEED).standing.values())
    assert found == sorted((began, ended) for _, _, began, ended in expected(feed))


def test_a_condition_that_does_not_hold_long_enough_is_told_to_nobody() -> None:
    running = course(CRITICAL, hold_us=10 * MINUTE)
    assert run(running, potassium(7, 0), potassium(4, 9, 1), until=60).standing == {}
    running = course(CRITICAL, hold_us=10 * MINUTE)
    assert run(running, potassium(7, 0), potassium(4, 11, 1), until=12).standing != {}
    assert only(running).alert.started_us == BEGAN


def test_an_alert_ends_when_its_condition_has_ceased_long_enough() -> None:
    events = [potassium(7, 0), potassium(4, 5, 1), potassium(8, 9, 2), potassium(4, 20, 3)]
    running = run(course(CRITICAL, clear_us=10 * MINUTE), *events, until=29)
    assert only(running).alert.status is Status.FIRING
    running.pass_time(BEGAN + 30 * MINUTE)
    assert only(running).alert.ended_us == BEGAN + 20 * MINUTE


def test_an_event_of_long_ago_changes_state_and_pages_nobody() -> None:
    running = course(CRITICAL)
    running.take(potassium(7, 0), TOPIC, BEGAN + 2 * 1440 * MINUTE)
    assert only(running).quiet
    assert only(running).alert.started_us == BEGAN


def test_a_message_that_is_transformed_anew_pages_nobody() -> None:
    before = potassium(4, 0)
    running = run(course(CRITICAL), replace(before, body={**before.body, "status": "corrected"}))
    running.take(replace(potassium(7, 0), generation=2), TOPIC, BEGAN + MINUTE)
    assert only(running).quiet
    running.take(replace(before, generation=1), TOPIC, BEGAN + MINUTE)
    assert only(running).alert.status is Status.FIRING, "an event of an older generation counts no more"


def test_a_word_that_sets_no_number_is_passed_over() -> None:
    good = Setting("r", "a", 5.0, "an", BEGAN, "trial")
    words = [
        encode_setting(good),
        *(encode_setting(good._replace(name="b", value=one)) for one in (float("inf"), True)),
    ]
    assert read_decisions(words).of_rule("r") == {"a": 5.0}


def test_a_silence_covers_its_alerts_for_its_time_only() -> None:
    running = run(course(CRITICAL), potassium(7, 0))
    drill = Silence("s", BEGAN + MINUTE, BEGAN + 5 * MINUTE, "an", BEGAN, "drill", rule="critical-results")
    running.decide(Decisions(silences={"s": drill}), BEGAN)
    assert only(running).silenced is None
    running.pass_time(BEGAN + MINUTE)
    assert only(running).silenced is not None
    running.pass_time(BEGAN + 5 * MINUTE)
    assert only(running).silenced is None
    other = replace(only(running).alert, rule="other")
    assert not drill.covers(other, BEGAN + 2 * MINUTE)


def test_a_number_that_somebody_set_counts_in_place_of_that_of_the_file_and_falls_back() -> None:
    lower = Setting("critical-results", "potassium.above", 5.0, "an", BEGAN, "trial")
    running = course(CRITICAL)
    running.decide(Decisions(settings={("critical-results", "potassium.above"): lower}), BEGAN)
    run(running, potassium(5.5, 1))
    assert only(running).alert.started_us == BEGAN + MINUTE
    running.decide(Decisions(), BEGAN)
    run(running, potassium(5.5, 2, 1))
    assert only(running).alert.ended_us == BEGAN + 2 * MINUTE


def test_an_alert_that_somebody_takes_over_escalates_no_further_and_ends_where_the_rule_says_so() -> None:
    day = 1440
    running = run(course(CRITICAL), potassium(7, 0), until=8 * day)
    taken = Acknowledged("an", BEGAN + 8 * day * MINUTE, "called")
    running.decide(Decisions(acknowledged={only(running).alert.id: taken}), BEGAN + 8 * day * MINUTE)
    running.pass_time(BEGAN + 10 * day * MINUTE)
    assert (only(running).escalated, only(running).targets, only(running).acknowledged) == (0, (), taken)
    assert only(running).alert.status is Status.FIRING
    ending = run(course(CRITICAL, ends_acknowledged=True), potassium(7, 0), until=10 * day)
    assert (only(ending).escalated, only(ending).targets) == (1, ("head",))
    ending.decide(Decisions(acknowledged={only(ending).alert.id: taken}), BEGAN + 10 * day * MINUTE)
    assert only(ending).alert.ended_us == taken.at_us


def measles(sent_minute: float, minute: float) -> Event:
    """A diagnosis that names no day, sent and received in these minutes."""
    sent = Sent(0, BEGAN + round(minute * MINUTE), "79901", "c", "Condition", "B05.9")
    stamp = version(BEGAN + round(sent_minute * MINUTE), None, sent.received_us, "")
    return replace(read_event(record_of(sent)), version=stamp)


def test_a_clock_that_no_diagnosis_names_runs_from_its_first_message_however_late_and_often_it_comes() -> None:
    running = run(course(MEASLES), measles(-120, 60))
    assert only(running).alert.started_us == BEGAN - 120 * MINUTE
    run(running, measles(90, 91))
    state = running.kept["notifiable-24h", only(running).alert.subject].state
    assert state is not None
    (case,) = state["cases"].values()
    assert diagnosed(case) == BEGAN - 120 * MINUTE


def test_an_event_of_another_shape_is_counted_and_stops_nobody() -> None:
    running = course(CRITICAL)
    running.take(replace(potassium(7, 0), body={"status": "final", "code": 7, "interpretation": 3}), TOPIC, BEGAN)
    running.take(
        replace(
            potassium(7, 0), body={"status": "final", "code": {"coding": [{"code": "2823-3"}]}, "valueQuantity": "x"}
        ),
        TOPIC,
        BEGAN,
    )
    assert sum(running.news().refused.values()) == 1
    assert Policy().late_us == 1440 * MINUTE


def test_a_patient_of_another_shape_lives_nowhere() -> None:
    for address in (7, ["Huế"], [{"_city": ["Huế"]}], [{"_city": {"extension": [{"valueCoding": "x"}]}}]):
        assert person_of({"birthDate": "1980", "address": address}) == Person("1980")


def test_time_that_passes_over_a_state_of_another_shape_stops_nobody() -> None:
    before = run(course(CRITICAL), potassium(7, 0))
    kept = {
        **before.kept,
        ("critical-results", "x"): Kept({"results": {"r": {"at": "soon"}}}, {}, BEGAN),
        ("critical-results", "y"): Kept(None, {}, BEGAN),
    }
    after = Course([CRITICAL], kept, before.standing)
    after.pass_time(BEGAN + MINUTE)
    assert after.news().refused == {("critical-results", "shape", ""): 1}
    after.pass_time(BEGAN + 31 * 1440 * MINUTE)
    assert only(after).alert.status is Status.RESOLVED


def test_decisions_that_are_taken_again_and_again_fill_no_memory() -> None:
    running = run(course(CRITICAL), potassium(7, 0))
    drill = Silence("s", BEGAN, BEGAN + 1440 * MINUTE, "an", BEGAN, "drill", rule="critical-results")
    for second in range(100):
        running.decide(Decisions(silences={"s": drill}), BEGAN + second)
        running.pass_time(BEGAN + second)
    assert len(running._wakes) < 10


def test_who_took_an_alert_over_is_forgotten_long_after_the_alert() -> None:
    running, year = run(course(CRITICAL), potassium(7, 0)), 365 * 1440 * MINUTE
    taken = Acknowledged("an", BEGAN, "called")
    running.decide(Decisions(acknowledged={only(running).alert.id: taken, "gone": taken}), BEGAN + year)
    assert running.news().unacknowledged == ()
    running.decide(running.decisions, BEGAN + 2 * year)
    assert running.news().unacknowledged == ("gone",)
    words = [encode_acknowledged("gone", taken), encode_acknowledged("a", taken), encode_forgotten("gone")]
    assert [*read_decisions(words).acknowledged] == ["a"]


def test_an_event_of_a_clock_that_runs_ahead_is_judged_as_of_now() -> None:
    year = 365 * 1440
    running = course(CRITICAL)
    running.take(potassium(7, year), TOPIC, BEGAN)
    assert only(running).alert.started_us == BEGAN
    running.take(potassium(4, 5, 1), TOPIC, BEGAN)
    assert only(running).alert.status is Status.FIRING, "five minutes are no wrong clock, and versions count as ever"


def test_an_alert_whose_rule_is_no_more_ends_when_somebody_acknowledges_it() -> None:
    before = run(course(CRITICAL), potassium(7, 0))
    after = Course([MEASLES], before.kept, before.standing)
    after.decide(Decisions(), BEGAN + MINUTE)
    assert only(after).alert.status is Status.FIRING
    taken = Acknowledged("an", BEGAN + 2 * MINUTE, "the rule was given up")
    after.decide(Decisions(acknowledged={only(after).alert.id: taken}), BEGAN + 3 * MINUTE)
    assert (only(after).alert.status, only(after).alert.ended_us) == (Status.RESOLVED, taken.at_us)
    assert after.news().standing


def test_a_course_that_goes_on_from_what_was_kept_escalates_what_nobody_took_over() -> None:
    day = 1440
    before = run(course(CRITICAL), potassium(7, 0), until=8 * day)
    after = Course([CRITICAL], before.kept, before.standing)
    after.decide(Decisions(), BEGAN + 8 * day * MINUTE)
    assert only(after).escalated == 0
    after.pass_time(BEGAN + 9 * day * MINUTE)
    assert (only(after).escalated, only(after).targets) == (1, ("head",))


def test_an_alert_that_ended_long_ago_is_forgotten() -> None:
    running = run(course(CRITICAL), potassium(7, 0), potassium(4, 5, 1), until=10)
    name = only(running).alert.id
    running.news()
    for going in (running, Course([CRITICAL], running.kept, running.standing)):
        going.pass_time(BEGAN + 91 * 1440 * MINUTE)
        assert (going.standing, going.news().gone) == ({}, (name,))
