from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.charset import decode
from engine.hl7.conformance.field_form import MOST_REPETITIONS
from engine.hl7.conformance.form import MOST_SEGMENTS, Checker
from engine.hl7.conformance.found import MOST_ERRORS
from engine.hl7.conformance.rules import STANDARD, FieldRule, MessageRule, Profile, SegmentRule, Usage, Weight
from engine.hl7.errors import ErrorCondition, ReportedError, Severity
from engine.hl7.message import parse
from engine.hl7.path import parse_path
from tests.hl7.samples import message

MSH = "MSH|^~\\&|HIS|79901|HUB|SYT79|20251001073512+0700||ADT^A01^ADT_A01|A01-0001|P|2.5.1"
EVN = "EVN||20251001073500+0700"
PID = "PID|1||BN0001^^^79901^MR~BN0002^^^79902^MR||Nguyễn^An||19800102|M"
PV1 = "PV1|1|I|K11"
ORU = MSH.replace("ADT^A01^ADT_A01", "ORU^R01^ORU_R01")
OBR = "OBR|1|||GLU^Glucose^L"

CHECKER = Checker(STANDARD)


def check(*segments: str, profile: Profile = STANDARD) -> list[str]:
    """The errors of a message as `condition path`, warnings with a W."""
    checker = CHECKER if profile is STANDARD else Checker(profile)
    return [shown(error) for error in checker.check(parse("\r".join(segments)))]


def shown(error: ReportedError) -> str:
    warning = " W" if error.severity is Severity.WARNING else ""
    return f"{error.condition.code} {error.where}{warning}"


def rules(standard: bool = False, **fields: FieldRule) -> Profile:
    """A profile with field rules: `PID_3_1=` is PID-3.1."""
    paths = {parse_path(name.replace("_", "-", 1).replace("_", ".")): rule for name, rule in fields.items()}
    return Profile("test", standard=standard, fields=paths)


def for_admissions(**segments: SegmentRule) -> Profile:
    return Profile("test", standard=False, messages={"ADT_A01": MessageRule(segments)})


@pytest.mark.parametrize("name", ["adt_a01", "adt_a08_v2_3", "oru_r01", "acknowledgment"])
def test_a_sample_that_is_as_the_standard_has_it_has_no_error(name: str) -> None:
    text = decode(message(name)).text
    assert CHECKER.check(parse(text)) == ()


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ((MSH, EVN, PID, PV1), []),
        ((MSH, EVN, PID), ["100 PV1"]),
        ((MSH, PID, EVN, PV1), ["100 EVN"]),
        ((MSH, EVN, PID.replace("|Nguyễn^An|", "||"), PV1), ["101 PID-5"]),
        ((MSH, EVN, PID.replace("|Nguyễn^An|", "|^^|"), PV1), ["101 PID-5"]),
        ((MSH, EVN, PID.replace("|Nguyễn^An|", '|""|'), PV1), ["101 PID-5"]),
        ((MSH, EVN, PID.replace("19800102", "02/01/1980"), PV1), ["102 PID-7"]),
        ((MSH, EVN, PID.replace("PID|1|", "PID|one|"), PV1), ["102 PID-1"]),
        ((MSH, EVN, f"{PID}||||||||||||||||maybe", PV1), ["103 PID-24"]),
        ((MSH, EVN, f"{PID}||||||||||||||||Y", PV1), []),
        ((MSH, EVN, PID, PV1, "DG1|1||A97.1|||W", "DG1|2||A97.1"), ["101 DG1[2]-6"]),
        ((MSH, EVN, PID, "Phường 7", PV1, ""), ["100 PID"]),
    ],
)
def test_the_standard_tells_what_is_wrong_and_where(segments: tuple[str, ...], expected: list[str]) -> None:
    assert check(*segments) == expected


@pytest.mark.parametrize(
    ("observation", "expected"),
    [
        ("OBX|1|NM|GLU||7.1||||||F", []),
        ("OBX|1|NM|GLU||<5||||||F", ["102 OBX-5"]),
        ("OBX|1|NM|GLU||7.1~high||||||F", ["102 OBX-5[2]"]),
        ("OBX|1|ST|GLU||high||||||F", []),
        ("OBX|1|TS|GLU||today||||||F", ["102 OBX-5"]),
        ('OBX|1|NM|GLU||""||||||F', []),
        ('OBX|1|NM|GLU||7~""||||||F', []),
        ("OBX|1||GLU||||||||X", []),
        ("OBX|1|CWE|GLU||a^b^L||||||F", []),
        ("OBX|1|FN|GLU||a||||||F", ["103 OBX-2"]),
        ("OBX|1|NM|GLU||7.1||||||f", ["103 OBX-11"]),
    ],
)
def test_an_observation_is_of_the_type_that_it_names(observation: str, expected: list[str]) -> None:
    assert check(ORU, PID, OBR, observation) == expected


def test_what_a_receiver_does_not_expect_is_ignored() -> None:
    longer = f"{PID}{'|' * 60}more"
    assert check(MSH, "ZZZ|1", EVN, longer, "OBR|not|a^segment|of an admission", PV1, PV1, "Z01") == []
    assert check(MSH, EVN, PID.replace("|19800102|", "|19800102~nothing|"), PV1) == []


def test_what_the_tables_of_a_version_wrongly_require_is_not_missed() -> None:
    oru = ORU.replace("2.5.1", "2.3")
    assert check(oru, PID, f"ORC|RE\r{OBR}", "OBX|1|NM|GLU||7.1||||||F") == []
    assert check(oru.replace("|2.3", "|2.3.1"), PID, OBR, "OBX|1|NM|GLU||7.1||||||F", "OBX|2||GLU||||||||X") == []


def test_a_withdrawn_field_is_ignored() -> None:
    insurance = "IN1|1|DN4|BHXH79" + "|" * 37 + "any"
    assert check(MSH.replace("2.5.1", "2.6"), EVN, PID, PV1, insurance) == []


def test_what_the_listener_judges_itself_is_left_to_it() -> None:
    assert check(f"{MSH.replace('|P|', '||').replace('A01-0001', '')}||||||utf8", EVN, PID, PV1) == []


def test_a_rule_for_what_the_listener_judges_is_a_rule() -> None:
    profile = rules(True, MSH_11=FieldRule(codes=frozenset({"T"})))
    assert check(MSH, EVN, PID, PV1, profile=profile) == ["103 MSH-11"]


def test_without_a_known_structure_the_fields_alone_are_checked() -> None:
    unknown = MSH.replace("ADT^A01^ADT_A01", "ZZZ^Z01")
    assert check(unknown, PV1, PID.replace("BN0001^^^79901^MR~BN0002^^^79902^MR", "")) == ["101 PID-3"]


def test_before_codes_were_told_from_user_tables_none_is_looked_for() -> None:
    assert check(MSH.replace("2.5.1", "2.3"), "EVN|A01|20251001", f"{PID}||||||||||||||||maybe", PV1) == []


def test_a_profile_without_the_standard_checks_its_rules_alone() -> None:
    profile = rules(PID_7=FieldRule(usage=Usage.REQUIRED))
    assert check(MSH, "PID|x", profile=profile) == ["101 PID-7"]
    assert check(MSH, "PV1|x", profile=profile) == []


def test_a_profile_narrows_and_loosens_the_standard() -> None:
    profile = rules(
        True,
        PID_8=FieldRule(codes=frozenset("MF")),
        PID_5=FieldRule(usage=Usage.OPTIONAL),
        PV1_2=FieldRule(weight=Weight.WARNING),
        PID_1=FieldRule(weight=Weight.IGNORE),
    )
    pid = "PID|one||BN0001^^^79901^MR||||19800102|X"
    assert check(MSH, EVN, pid, "PV1|1", profile=profile) == ["103 PID-8", "101 PV1-2 W"]


@pytest.mark.parametrize(
    ("rule", "field", "expected"),
    [
        (FieldRule(maximum=1), "a~b", ["198 PID-3[2]"]),
        (FieldRule(maximum=2), "a~b", []),
        (FieldRule(usage=Usage.FORBIDDEN), "a", ["198 PID-3"]),
        (FieldRule(usage=Usage.FORBIDDEN), '""', []),
        (FieldRule(length=3), "abcd", ["104 PID-3"]),
        (FieldRule(length=3), "ab~abcd", ["104 PID-3[2]"]),
        (FieldRule(length=3), "a\\T\\b", []),
        (FieldRule(codes=frozenset({"a"})), "a^x", []),
        (FieldRule(codes=frozenset({"a"})), "b^x", ["103 PID-3"]),
    ],
)
def test_a_field_is_as_its_rule_has_it(rule: FieldRule, field: str, expected: list[str]) -> None:
    assert check(MSH, f"PID|||{field}", profile=rules(PID_3=rule)) == expected


@pytest.mark.parametrize(
    ("rule", "field", "expected"),
    [
        (FieldRule(usage=Usage.REQUIRED), "a^^^79901^MR~b", ["101 PID-3[2].5"]),
        (FieldRule(usage=Usage.REQUIRED), "", []),
        (FieldRule(usage=Usage.FORBIDDEN), "a^^^^MR", ["198 PID-3.5"]),
        (FieldRule(codes=frozenset({"MR"})), "a^^^^MR~b^^^^XX", ["103 PID-3[2].5"]),
        (FieldRule(length=1), "a^^^^MR", ["104 PID-3.5"]),
    ],
)
def test_a_component_is_as_its_rule_has_it(rule: FieldRule, field: str, expected: list[str]) -> None:
    assert check(MSH, f"PID|||{field}", profile=rules(PID_3_5=rule)) == expected


def test_a_subcomponent_is_as_its_rule_has_it() -> None:
    profile = rules(PID_3_4_2=FieldRule(usage=Usage.REQUIRED))
    assert check(MSH, "PID|||a^^^x&y~b^^^x", profile=profile) == ["101 PID-3[2].4.2"]


def test_a_message_holds_the_segments_that_its_rule_asks_for() -> None:
    profile = for_admissions(
        PV2=SegmentRule(Usage.REQUIRED), NK1=SegmentRule(Usage.FORBIDDEN), DG1=SegmentRule(maximum=1)
    )
    assert check(MSH, "NK1|1", "DG1|1", "DG1|2", profile=profile) == ["100 PV2", "198 NK1", "198 DG1[2]"]
    assert check(MSH, "PV2|1", "DG1|1", profile=profile) == []
    assert check(ORU, "NK1|1", profile=profile) == []


def test_a_segment_that_the_standard_requires_may_be_made_optional_or_a_warning() -> None:
    optional = Profile(messages={"ADT_A01": MessageRule({"PV1": SegmentRule(Usage.OPTIONAL)})})
    warning = Profile(messages={"ADT_A01": MessageRule({"PV1": SegmentRule(weight=Weight.WARNING)})})
    assert check(MSH, EVN, PID, profile=optional) == []
    assert check(MSH, EVN, PID, profile=warning) == ["100 PV1 W"]


def test_rules_of_an_event_go_over_those_of_its_structure() -> None:
    place = parse_path("PV1-44")
    profile = Profile(
        standard=False,
        fields={place: FieldRule(usage=Usage.REQUIRED)},
        messages={
            "ADT_A01": MessageRule(fields={place: FieldRule(weight=Weight.WARNING)}),
            "ADT^A08": MessageRule(fields={place: FieldRule(usage=Usage.OPTIONAL)}),
        },
    )
    assert check(ORU, PV1, profile=profile) == ["101 PV1-44"]
    assert check(MSH, PV1, profile=profile) == ["101 PV1-44 W"]
    assert check(MSH.replace("^A01^", "^A08^"), PV1, profile=profile) == []


def test_a_condition_may_count_less_everywhere() -> None:
    weights = {
        ErrorCondition.DATA_TYPE_ERROR: Weight.WARNING,
        ErrorCondition.SEGMENT_SEQUENCE_ERROR: Weight.IGNORE,
    }
    bad = PID.replace("19800102", "02/01/1980")
    assert check(MSH, EVN, bad, profile=Profile(weights=weights)) == ["102 PID-7 W"]


def test_an_error_behind_many_warnings_is_told_first() -> None:
    profile = rules(True, OBX_1=FieldRule(weight=Weight.WARNING))
    found = check(ORU, PID, OBR, *["OBX|x|ST|GLU||a||||||F"] * 40, "OBX|1|NM|GLU||a||||||F", profile=profile)
    assert found[0] == "102 OBX[41]-5"
    assert len(found) == MOST_ERRORS


def test_no_more_errors_are_told_than_an_answer_holds() -> None:
    assert len(check(ORU, PID, OBR, *["OBX|x"] * 100)) == MOST_ERRORS


@pytest.mark.parametrize(
    "segments",
    [
        [ORU, PID, OBR, *["OBX|1|NM|GLU||1||||||F"] * 100_000],
        [ORU, PID, OBR, "OBX|1|NM|GLU||" + "1~" * 1_000_000 + "||||||F"],
        [ORU, PID, *["OBR|1|||a", "PV1|1|I", "NTE|1"] * 30_000],
        [ORU, PID, OBR, "OBX" + "|" * 1_000_000],
        [MSH, EVN, PID + "^" * 1_000_000, PV1],
    ],
    ids=["segments", "repetitions", "disorder", "fields", "components"],
)
def test_the_work_is_bounded_whatever_the_message(segments: list[str]) -> None:
    parsed = parse("\r".join(segments))
    start = time.process_time()
    CHECKER.check(parsed)
    assert time.process_time() - start < 2


def test_beyond_the_segments_that_are_looked_at_nothing_is_told() -> None:
    many = ["OBX|1|NM|GLU||1||||||F"] * MOST_SEGMENTS
    assert check(ORU, PID, OBR, *many, "OBX|1|NM|GLU||high||||||F", "MSH|") == []


def test_beyond_the_repetitions_that_are_looked_at_nothing_is_told() -> None:
    numbers = "1~" * MOST_REPETITIONS
    assert check(ORU, PID, OBR, f"OBX|1|NM|GLU||{numbers}high||||||F") == []


@given(st.lists(st.text(alphabet='MSHPIDOBX|^~\\&"123\r', max_size=40), max_size=8), st.sampled_from([MSH, ORU]))
def test_any_segments_can_be_checked(segments: list[str], head: str) -> None:
    found = check(head, *segments)
    assert len(found) <= MOST_ERRORS
