"""Faults of every kind of file: what is written wrong, where the caret must stand, and what the hint must name.

`»` marks the place in the text: the fault's line and column are those of the sign after it. A row without it is about
the file as a whole.
"""

from __future__ import annotations

from typing import NamedTuple

SETTINGS = "engine.yaml"
REGISTRY = "registry.yaml"
SHEET = "registry.csv"
PROFILE = "mappings/profiles/city.yaml"
MESSAGE = "mappings/standard/messages/ADT_A01.yaml"
SAMPLE = "mappings/standard/messages/samples/a01.hl7"
PID = "mappings/standard/segments/PID.Patient.yaml"
PV1 = "mappings/standard/segments/PV1.Encounter.yaml"
CX = "mappings/standard/datatypes/CX.Identifier.yaml"
SEX = "mappings/standard/tables/Sex.yaml"
CODES = "mappings/standard/tables/Codes.csv"
OVERLAY = "mappings/facilities/79014.yaml"
ROUTE = "mappings/routes/alerts.yaml"
RULE = "mappings/alerts/rules.yaml"
DISEASES = "mappings/alerts/diseases.csv"
WATCHED = "mappings/routes/watched.yaml"
TOPICS = "mappings/topics.yaml"
VIEW = "mappings/views/people.yaml"

GOOD = {
    SETTINGS: """
home: home
registry: registry.yaml
mappings: mappings
listeners:
  - kind: mllp
    port: 2575
    ack: validated
    profile: mappings/profiles/city.yaml
""",
    REGISTRY: """
facilities:
  - code: "79014"
    name: A
    senders: [BVDK A]
  - code: "79015"
    name: B
""",
    PROFILE: """
profile: city
messages:
  ADT_A01: { segments: { PID: required, PV1: required } }
fields:
  PID-3: { required: true }
  PID-5.1: required
  PID-8: { table: [M, F] }
tests:
  - name: a message without a name is refused
    message: ../standard/messages/samples/a01.hl7
    change: { PID-8: F }
    expect: [101 PID-5.1]
""",
    MESSAGE: """
message: ADT_A01
events: [A01]
needs: [PID]
resources:
  Patient: { from: PID }
  Encounter: { from: PV1, subject: Patient }
tests:
  - name: whole
    message: samples/a01.hl7
    change: { PID-8: F }
    expect: { Patient: { gender: female } }
""",
    SAMPLE: "MSH|^~\\&|HIS|79014|||20251001||ADT^A01|1|P|2.5\rPID|||7|||||M\rPV1||I\r",
    PID: """
segment: PID
resource: Patient
identity: { number: [patient-identifier] }
elements:
  identifier: PID-3[*] as CX.Identifier
  gender: PID-8 via Sex else unknown
  birthDate: PID-7 as date
  maritalStatus: PID-16 via Codes
  name: { elements: { text: PID-5.1 }, when: PID-5 valued and PID-5 != X }
sample: PID|||7|||||F
tests:
  - name: sex
    change: { PID-8: F }
    expect: { gender: female }
    absent: [birthDate]
""",
    PV1: """
segment: PV1
resource: Encounter
identity: { visit: [PV1-19] }
elements:
  status: PV1-2 else unknown
  class: { value: { code: AMB } }
""",
    CX: """
datatype: CX
type: Identifier
elements:
  value: .1
  assigner.display: .4.1
sample: 7^^^A
tests:
  - name: number
    expect: { value: "7" }
""",
    SEX: """
table: Sex
system: http://hl7.org/fhir/administrative-gender
codes: { F: female, M: male }
default: other
""",
    CODES: """code,target,display,system
M,married,Married,http://example.org
S,single,,
""",
    OVERLAY: """
facility: "79014"
segments:
  PID.Patient:
    gender: PID-8 via Sex
tables:
  Sex: { "1": male }
""",
    VIEW: """
name: people
resource: Patient
select:
  - column:
      - { name: born, path: birthDate, type: date }
""",
    TOPICS: """
topics:
  hl7.raw: { retention: 400d }
  alerts.*: { partitions: 1, retention: 90d }
  mappings: { partitions: 1 }
""",
    ROUTE: """
routes:
  - route: women
    when: resourceType = Patient
          and gender = female and name.text valued
    to: [alerts.women]
    tests:
      - event: { resourceType: Patient, gender: female, name: [{ text: A }] }
        expect: [alerts.women]
""",
    WATCHED: """
routes:
  - { route: watched, when: code.coding.code = K|NS1, to: watched.results }
""",
    DISEASES: "deadline,stt,disease_vi,icd10\n24h,1,Measles,B05\n",
    RULE: """
rules:
  - rule: measles
    kind: notifiable
    severity: warning
    summary: A disease is to be notified.
    from: watched.results
    acknowledged: ends
    list: diseases.csv
    deadline: 24h
    tell_before: 24h
    laboratory: [{ code: NS1, positive: POS, icd10: B05 }]
  - rule: potassium
    kind: critical
    severity: critical
    summary: A result is critical.
    from: [watched.results]
    escalate: [{ after: 15m, to: head }]
    limits:
      - { name: k, code: K, unit: mmol/L, above: 6.5, age_from: 28d }
    tests:
      - events: [{ at: 0s, event: { resourceType: Observation, status: final } }]
""",
}


class Wrong(NamedTuple):
    """A line made wrong: in which file what becomes what, and what must be told of it."""

    file: str
    old: str
    new: str
    code: str
    told: str
    """A part of the fault, its hint above all."""


WRONG = (
    # settings
    Wrong(SETTINGS, "home: home", "»hoem: home", "C002", "did you mean 'home'?"),
    Wrong(SETTINGS, "    port: 2575", "    »prot: 2575", "C002", "did you mean 'port'?"),
    Wrong(SETTINGS, "    port: 2575", "    »port: 99999", "C003", "less than or equal to 65535"),
    Wrong(SETTINGS, "home: home", "home: home\nbus:\n  »kind: rabbit", "C003", "'embedded' or 'kafka'"),
    Wrong(SETTINGS, "    port: 2575", "    port: 2575\n    »port: 2576", "E006", "it stands in line 7 already"),
    Wrong(SETTINGS, "    port: 2575", "    port: »&p 2575", "E010", "write the value out"),
    Wrong(SETTINGS, "    port: 2575", "    port: »!!int 2575", "E011", "write the value without the tag"),
    Wrong(SETTINGS, "    port: 2575", "    port: 2575\n  »host: [", "E005", "check indentation, colons and quotes"),
    Wrong(SETTINGS, "home: home", "? »[home]\n: home", "E007", "write the key as one word"),
    Wrong(SETTINGS, "home: home\n", "home: home\n---\n»home: home\n", "E004", "keep one document in a file"),
    # registry
    Wrong(
        REGISTRY,
        '"79014"\n',
        '"79014"\n    addresses: [10.1.2.0/24]\n    »sends_for: ["79016"]\n',
        "C013",
        "correct the code",
    ),
    Wrong(REGISTRY, "    senders: [BVDK A]", "    »sendres: [BVDK A]", "C002", "did you mean 'senders'?"),
    Wrong(REGISTRY, "    name: B", "    name: B\n    »zone: Asia/Saigonn", "C003", "see"),
    Wrong(REGISTRY, "    name: B", "    name: B\n    »charset: latin-77", "C003", "see"),
    Wrong(REGISTRY, '"79015"\n    name: B', '"79015"\n    name: B\n    senders: [BVDK A]', "C004", "compare with"),
    Wrong(REGISTRY, "    name: B", "    name: B\n    »listeners: [mlp]", "C014", "did you mean 'mllp'?"),
    Wrong(REGISTRY, "    name: B", "    name: B\n    »sends_for: ['79014']", "C012", "name certificates"),
    # profile
    Wrong(PROFILE, "messages:", "»mesages:", "C002", "did you mean 'messages'?"),
    Wrong(PROFILE, "ADT_A01: {", "»ADT_A77: {", "P101", "did you mean 'ADT_A37'?"),
    Wrong(PROFILE, "ADT_A01: {", "»ADT^Q99: {", "P108", "did you mean"),
    Wrong(PROFILE, ", PV1: req", ", »PX1: req", "P102", "did you mean 'RX1'?"),
    Wrong(PROFILE, ", PV1: req", ", »PV1: un-req", "C003", "write required, optional, forbidden"),
    Wrong(PROFILE, "PID-5.1:", "»PID5:", "P103", "write one such as PID-3"),
    Wrong(PROFILE, "PID-5.1:", "»PID-5[2]:", "P104", "write one such as PID-3"),
    Wrong(PROFILE, "PID-5.1:", "»PID-99:", "P105", "PID ends at its field"),
    Wrong(PROFILE, "PID-5.1:", "»PID-5.99:", "P106", "the datatype of PID-5"),
    Wrong(PROFILE, "table: [M, F]", "»table: '1'", "P107", "did you mean '0001'?"),
    Wrong(PROFILE, "{ PID-8: F }", "{ »PID-99: F }", "P105", "PID ends at its field"),
    # messages
    Wrong(MESSAGE, "events: [A01]", "events: [A01]\n»evnts: [A02]", "M102", "did you mean 'events'?"),
    Wrong(MESSAGE, "events: [A01]", "events: []", "M320", "write events: [A01]"),
    Wrong(MESSAGE, "needs: [PID]", "needs: [»pid]", "M113", "write three capitals or digits"),
    Wrong(MESSAGE, "needs: [PID]", "needs: »[PIX]", "M306", "did you mean"),
    Wrong(MESSAGE, "{ from: PV1, subject", "»{ subject", "M103", "name the segment that makes the resource"),
    Wrong(MESSAGE, "  Encounter: { from: PV1, s", "  »Encounter: { from: PV2, s", "M322", "PV1.Encounter"),
    Wrong(MESSAGE, "subject: Patient", "»subjct: Patient", "M323", "did you mean 'subject'?"),
    Wrong(MESSAGE, "subject: Patient", "»subject: Patiant", "M324", "did you mean 'Patient'?"),
    Wrong(MESSAGE, "subject: Patient", "subject: Patient, »account: Patient", "M325", "it may refer to Account"),
    Wrong(MESSAGE, "subject: Patient }", "subject: Patient, when: »PV1-99 valued }", "M307", "it has"),
    Wrong(MESSAGE, "subject: Patient }", "subject: Patient, when: PV1-2 = I and »PV1-2 = O }", "M340", "PV1-2 = I and"),
    Wrong(MESSAGE, "subject: Patient }", "subject: Patient, when: PV1-2 »vlued }", "M208", "did you mean 'valued'?"),
    Wrong(MESSAGE, "subject: Patient }", "subject: Patient, identity: { v: [»Patiant] } }", "M327", "'Patient'"),
    Wrong(
        MESSAGE,
        "tests:\n",
        "  groups:\n    - { group: VISIT, begins: PID, resources: {} }\ntests:\n",
        "M342",
        "put it into the group VISIT",
    ),
    Wrong(MESSAGE, "{ from: PV1, subject: Patient }", "PV1", "M114", "write Patient: { from: PID }"),
    Wrong(MESSAGE, "subject: Patient", "»subject: Pat ient", "M115", "write the key of a resource"),
    Wrong(
        PID,
        "PID-16 via Codes",
        "PID-16 via Codes\n  link: { each: »PID-3.1, elements: { id: PID-3 } }",
        "M116",
        "such as OBX-5",
    ),
    Wrong(MESSAGE, "subject: Patient }", "subject: Patient, identity: { v: [»Encounter] } }", "M328", "use a field"),
    Wrong(MESSAGE, "subject: Patient }", "subject: Patient, also: [»pv2] }", "M113", "OBX.Observation-Component"),
    Wrong(MESSAGE, "    message: samples/a01.hl7\n", "", "M352", "name its file"),
    Wrong(MESSAGE, "samples/a01.hl7", "»samples/a02.hl7", "M353", "did you mean 'samples/a01.hl7'?"),
    Wrong(MESSAGE, "{ PID-8: F }", "{ »PD1-8: F }", "M355", "name a field of a segment that the sample has"),
    Wrong(MESSAGE, "Patient: { gender", "Patient: { »gendr", "M356", "did you mean 'gender'?"),
    Wrong(MESSAGE, "expect: { Patient", "expect: { »Patent", "M354", "did you mean 'Patient'?"),
    Wrong(SAMPLE, "ADT^A01", "ADT^A02", "M351", "write the test beside the mapping of that event"),
    Wrong(SAMPLE, "PID|||7|||||M\r", "", "M351", "add the segment to the sample"),
    Wrong(SAMPLE, "MSH|", "MSX|", "M350", "begin it with MSH"),
    Wrong(SAMPLE, "PV1||I\r", "PV1||I\rno segment\r", "M350", "write it as a sender would send it"),
    # segments
    Wrong(PID, "  birthDate: PID-7", "  »birthdate: PID-7", "M301", "did you mean 'birthDate'?"),
    Wrong(PID, "elements: { text: PID-5.1 }", "elements: { »txt: PID-5.1 }", "M301", "did you mean 'text'?"),
    Wrong(PID, "  gender: PID-8", "  »gender[2]: PID-8", "M304", "leave the index out"),
    Wrong(PID, "  birthDate: ", "  name.text: PID-9\n  birthDate: ", "M302", "keep one of them"),
    Wrong(PID, "PID-7 as date", "PID-7 as »dat", "M308", "did you mean 'date'?"),
    Wrong(PID, "PID-7 as date", "PID-7 as »decimal", "M315", "write: as date"),
    Wrong(PID, "PID-7 as date", "»PID-7", "M313", "write: as date"),
    Wrong(PID, "as CX.Identifier", "as »CX.Identifer", "M314", "did you mean 'CX.Identifier'?"),
    Wrong(PID, "via Sex else", "via »Sexx else", "M310", "did you mean 'Sex'?"),
    Wrong(PID, "PID-5.1 }", "»PID-5.99 }", "M307", "it has"),
    Wrong(PID, "PID-5.1 }", "»PID-5.1.99 }", "M307", "it has"),
    Wrong(PID, "PID-5.1 }", "»PID-99 }", "M307", "it has"),
    Wrong(PID, "PID-5.1 }", "»PIX-5 }", "M306", "did you mean"),
    Wrong(PID, "PID-5.1 }", "»PID5 }", "M204", "write one such as PID-3"),
    Wrong(PID, "PID-8 via Sex", "PID-8 | PID-9 »& PID-10 via Sex", "M206", "use one of them"),
    Wrong(PID, "PID-5 != X", "»PID-5 not valued", "M340", "PID-5 not valued"),
    Wrong(PID, "gender: PID-8 via Sex else unknown", "gender: [PID-8 else x, »PID-9]", "M341", "put it before"),
    Wrong(
        PID, "{ elements: { text: PID-5.1 }, w", "{ »elments: { text: PID-5.1 }, w", "M102", "did you mean 'elements'?"
    ),
    Wrong(PID, "  birthDate: ", "  active: { »value: maybe }\n  birthDate: ", "M309", "write the value as FHIR has it"),
    Wrong(
        PID, "  birthDate: ", "  active: PID-30 as boolean else »maybe\n  birthDate: ", "M312", "the element may hold"
    ),
    Wrong(PID, "sample: PID|||7|||||F", "sample: »PV1||I", "M351", "begin it with PID|"),
    Wrong(PID, "sample: PID|||7|||||F", "sample: »this is none", "M350", "write it as a sender would send it"),
    Wrong(PID, "{ PID-8: F }", "{ »PV1-8: F }", "M355", "name a field of a segment that the sample has"),
    Wrong(PID, "{ gender: female }", "{ »gendr: female }", "M356", "did you mean 'gender'?"),
    Wrong(PID, "{ gender: female }", "{ gender: »[female] }", "M357", "leave the brackets out"),
    Wrong(PID, "absent: [birthDate]", "absent: [»birthdate]", "M356", "did you mean 'birthDate'?"),
    Wrong(PID, "number: [patient-identifier]", "number: [»patient-identifer]", "M327", "'patient-identifier'"),
    Wrong(PID, "elements:\n  ident", "elements: »[gender]\nabout:\n  ident", "M101", "is no map"),
    Wrong(PID, "PID-7 as date", "PID-7 & »PID-29 as date", "M317", "write | for the first"),
    Wrong(PID, "  gender: PID-8", "  »'name[*].text': PID-9\n  gender: PID-8", "M110", "write one such as name"),
    Wrong(PID, "PID-7 as date", "»{ from: PID-7, value: x }", "M111", "keep one of them"),
    Wrong(PID, "PID-7 as date", "{ from: PID-7 as date, inferred: »maybe }", "M112", "write true, or leave it out"),
    Wrong(PID, "PID-7 as date", "PID-7 as»", "M202", "complete it"),
    Wrong(PID, "PID-7 as date", "PID-7 as date »PID-8", "M203", "see docs/reference/mapping.md"),
    Wrong(PID, "PID-7 as date", "PID-7 »! as date", "M205", "remove or quote it"),
    Wrong(PID, "PID-7 as date", "PID-7 as »'date'", "M207", "write a name such as CX.Identifier"),
    Wrong(PID, "PID-5 != X", "PID-5 = »|", "M209", "quote it"),
    Wrong(PID, "PID-5 != X", "PID-7 > »much", "M210", "write one such as 6.5"),
    Wrong(PID, "PID-5 != X", "count »PID-5 > 1", "M211", "write ("),
    Wrong(PID, "  birthDate: ", "  address: [{ elements: { city: PID-9 } }, PID-9]\n  birthDate: ", "M303", "one"),
    Wrong(PID, "PID-7 as date", "PID-7 via »Sex", "M311", "leave via out"),
    Wrong(PID, "identity: { number: [patient-identifier] }\n", "", "M326", "with what the sender calls it"),
    Wrong(PV1, "PV1-2 else unknown", "PV1-2", "M329", "end it with an else"),
    Wrong(PID, "PID-8 via Sex else unknown", "{ refers: »Encounter }", "M323", "write from: with a field"),
    Wrong(PID, "PID-16 via Codes", "PID-16 via Codes\n  link.other: { refers: »Patent }", "M324", "'Patient'"),
    Wrong(PID, "PID-16 via Codes", "PID-16 via Codes\n  link.other: { refers: »Encounter }", "M325", "may refer to"),
    Wrong(PID, "PID-16 via Codes", "PID-16 via Codes\n  link.other: { refers: »a.b }", "M115", "such as Condition"),
    # datatypes
    Wrong(CX, "elements:\n", "identity: { number: [.1] }\nelements:\n", "M346", "take them out"),
    Wrong(CX, "  assigner.display: .4.1", "  assigner: { refers: »Patient }", "M346", "refer from the segment mapping"),
    Wrong(CX, "type: Identifier", "type: »Identifer", "M305", "did you mean 'Identifier'?"),
    Wrong(CX, "value: .1", "value: ».99", "M307", "it has"),
    Wrong(CX, ".4.1", "».4.99", "M307", "it has"),
    Wrong(CX, "value: .1", "value: »PID-3", "M204", "write one such as .1.1"),
    Wrong(CX, ".4.1\n", ".4.1\n  assigner.identifier: .4 as CX.Identifier\n", "M316", "take it out"),
    Wrong(MESSAGE, "{ from: PID }", "{ from: PID, also: [»PID] }", "M348", "name each segment once"),
    # tables
    Wrong(SEX, "table: Sex", "table: »Sexes", "M105", "call it Sexes.yaml"),
    Wrong(SEX, "F: female,", "F: female, »F: f,", "E006", "it stands in line"),
    Wrong(SEX, "F: female,", "F: »[female],", "M104", "write one word or a quoted text"),
    Wrong(SEX, "{ F: female, M: male }", "»sex.csv", "M120", "sex.csv"),
    Wrong(SEX, "{ F: female, M: male }", "»../codes.csv", "M120", "put the file beside this one"),
    Wrong(SEX, "default: other", "partial: »often", "M112", "write true, or leave it out"),
    Wrong(SEX, "default: other", "tests: [»{ code: F }]", "M103", "add it"),
    Wrong(SEX, "default: other", "tests: [{ code: F, expect: { »cod: female } }]", "M102", "did you mean 'code'?"),
    Wrong(SEX, "default: other", "match: »street", "M112", "write place, or leave it out"),
    Wrong(CODES, "code,target", "code,»aim", "E013", "known are code, target"),
    Wrong(CODES, "S,single,,", "»S,single", "E015", "leave a cell empty rather than out"),
    Wrong(CODES, "S,single,,", "»S,,Single,", "M121", "fill it in, or take the row out"),
    Wrong(CODES, "S,single,,", "»M,single,,", "M122", "it stands in line 2"),
    Wrong(CODES, "S,single,,", '»S,"single,,', "E012", "close the quotes"),
    # overlays
    Wrong(OVERLAY, "  PID.Patient:", "  »PID.Patent:", "M331", "did you mean 'PID.Patient'?"),
    Wrong(OVERLAY, "    gender:", "    »gendr:", "M301", "did you mean 'gender'?"),
    Wrong(OVERLAY, 'Sex: { "1"', 'Sexx: »{ "1"', "M332", "did you mean 'Sex'?"),
    Wrong(OVERLAY, 'facility: "79014"', 'facility: »"79041"', "M334", "did you mean '7901"),
    Wrong(OVERLAY, "tables:\n", "  PV1.Encounter:\n    »status:\ntables:\n", "M329", "nothing fills 'status'"),
    Wrong(OVERLAY, "tables:\n", "  PV1.Encounter:\n    »status: PV1-2\ntables:\n", "M329", "may be left out"),
    Wrong(OVERLAY, "segments:\n", "extends: »medsys\nsegments:\n", "M336", "write facilities/medsys.yaml"),
    Wrong(OVERLAY, 'facility: "79014"\n', "", "M335", "say whom it is for"),
    Wrong(OVERLAY, 'facility: "79014"\n', "vendor: »medsys\n", "M105", "call it medsys.yaml"),
    # alert rules
    Wrong(RULE, "rule: potassium", "rule: »Potassium", "A101", "lower-case words joined by hyphens"),
    Wrong(RULE, "rules:\n  - rule: measles", "rules:\n  - rule: potassium", "A102", "it stands at"),
    Wrong(RULE, "severity: critical", "severity: »urgent", "A103", "write critical or warning or information"),
    Wrong(RULE, "acknowledged: ends", "acknowledged: »end", "A103", "write stands or ends"),
    Wrong(RULE, "kind: critical", "kind: »critcal", "A104", "did you mean 'critical'?"),
    Wrong(RULE, "after: 15m", "after: »15", "A105", "write it as 30s, 15m"),
    Wrong(RULE, "above: 6.5", 'above: »"6.5"', "A106", "without quotes and unit"),
    Wrong(RULE, "age_from: 28d", "age_from: »28", "A107", "write it as 28d"),
    Wrong(
        RULE,
        "{ name: k, code: K, unit: mmol/L, above: 6.5,",
        "»{ name: k, code: K, unit: mmol/L,",
        "A108",
        "below, above",
    ),
    Wrong(RULE, "unit: mmol/L", "unit: »millimol", "A109", "write mmol/L"),
    Wrong(RULE, "icd10: B05", "icd10: »B06", "A110", "write a code of it"),
    Wrong(
        RULE, "{ resourceType: Observation, status: final }", "{ status: final }", "A111", "begin it with resourceType"
    ),
    Wrong(RULE, "from: watched.results", "from: watched.result", "A112", "did you mean 'watched.results'?"),
    Wrong(WATCHED, "K|NS1", "NS1", "A113", "name the codes"),
    Wrong(RULE, "list: diseases.csv", "list: none.csv", "E001", "check the path"),
    Wrong(DISEASES, "deadline,", "»dedline,", "E013", "did you mean 'deadline'?"),
    Wrong(RULE, "acknowledged: ends", "»acknowleged: ends", "M102", "did you mean 'acknowledged'?"),
    # routes
    Wrong(ROUTE, "route: women", "route: »Women", "R101", "lower-case words joined by hyphens"),
    Wrong(ROUTE, "name.text valued", "name.text is string", "R102", "use ="),
    # views
    Wrong(VIEW, "path: birthDate", "path: »birthDat", "V210", "did you mean 'birthDate'?"),
    Wrong(VIEW, "name: people", "»name: folk", "V115", "write name: people"),
    Wrong(VIEW, "{ name: born", "»{ name: version", "V116", "give this one another name"),
    Wrong(VIEW, "{ name: born", "»{ name: bornOn", "V118", "write small letters"),
    Wrong(
        VIEW,
        "{ name: born, path: birthDate, type: date }",
        "»{ name: born, path: birthDate, type: date, tag: [{ name: ansi/type, value: DECIMAL }] }",
        "V117",
        "a column of date cannot be DECIMAL",
    ),
    Wrong(
        VIEW,
        "{ name: born, path: birthDate, type: date }",
        "»{ name: born, path: birthDate, type: date, tag: [{ name: ansi/type, value: DAT }] }",
        "V117",
        "did you mean 'DATE'?",
    ),
    Wrong(TOPICS, "  alerts.*", "  »Alerts.*", "C041", "such as alerts.critical"),
    Wrong(TOPICS, "  hl7.raw", "  »hl7.rw", "C042", "'hl7.raw'"),
    Wrong(TOPICS, "mappings: { partitions: 1", "mappings: { »partitions: 2", "C043", "write partitions: 1"),
    Wrong(TOPICS, "400d }", "400d, »compacted: true }", "C044", "write compacted: false"),
    Wrong(TOPICS, "400d }", "400d, »min_insync: 2 }", "C045", "raise replication"),
    Wrong(TOPICS, "mappings: { partitions: 1", "mappings: { »retention: 9d", "C046", "write retention: forever"),
    Wrong(TOPICS, "{ retention: 400d", "{ »retention: long", "C003", "write it as 500ms"),
    Wrong(ROUTE, "routes:\n", "match: »any\nroutes:\n", "R111", "write all or first"),
    Wrong(
        ROUTE, "    to: [alerts.women]", "    key: [»name.family]\n    to: [alerts.women]", "R112", "subject, facility"
    ),
    Wrong(ROUTE, "routes:\n", "routes:\n  - { route: women, when: gender = male, to: a }\n", "R105", "it stands at"),
    Wrong(ROUTE, "{ resourceType: Patient, gender: female, name: [{ text: A }] }", "A", "R104", "begin it"),
    Wrong(ROUTE, "[alerts.women]\n    tests", "»[]\n    tests", "R106", "name a topic such as alerts.critical"),
    Wrong(ROUTE, "[alerts.women]\n    tests", "[alerts.women, »fhir.patient]\n    tests", "R103", "alerts.critical"),
    Wrong(ROUTE, "resourceType = Patient", "»resourceType = Patiant", "R107", "did you mean 'Patient'?"),
    Wrong(ROUTE, "resourceType = Patient", "»resourceType = Patient|Condition", "R108", "they make Encounter, Patient"),
    Wrong(ROUTE, "and gender", "and »gendr", "R107", "did you mean 'gender'?"),
    Wrong(ROUTE, "and name.text", "and »name.txt", "R107", "did you mean 'text'?"),
    Wrong(ROUTE, "name.text valued", "»gender = male", "M340", "gender = female and gender = male"),
    Wrong(
        ROUTE, "event: { resourceType: Patient, gender", "event: { resourceType: Patient, »gendr", "R109", "'gender'"
    ),
    Wrong(ROUTE, "        expect: [alerts.women]", "        expect: [»alerts.woman]", "R110", "'alerts.women'"),
)
