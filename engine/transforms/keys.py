"""The keys of mapping files, as editors are told of them; tests hold them against what the readers take."""

from __future__ import annotations

from engine.language.keys import TEXT, TEXTS, Key, Schema, keys, list_of, map_of, object_schema, reference

_ABOUT = Key("What this is for, in a sentence.", TEXT)
_TESTS = Key("Tests that `engine test` runs.", list_of(reference("test")))
_ELEMENTS = Key("FHIR elements, each with where its value comes from.", reference("elements"))
_SAMPLE = Key("An example that the tests begin with.", TEXT)
_WHEN = Key("The condition under which this applies, such as `PID-29 valued`.", TEXT)
_IDENTITY = Key("What the sender calls it: the first line counts of which every part is there.", map_of(TEXTS))
_RESOURCES = Key("The resources, by a name; `Observation[*]` makes one for each segment.", reference("resources"))


def _one_or_many(schema: Schema) -> Schema:
    return {"anyOf": [schema, list_of(schema)]}


MESSAGE = keys(
    message=Key("The structure, such as ADT_A01.", TEXT, required=True),
    about=_ABOUT,
    events=Key("The trigger events that share it, such as [A01, A04].", TEXTS, required=True),
    needs=Key("Segments without which the message is a dead letter.", TEXTS),
    resources=_RESOURCES._replace(required=True),
    tests=_TESTS,
)
SEGMENT = keys(
    segment=Key("The segment that is read, such as PID.", TEXT, required=True),
    resource=Key("The FHIR resource that is filled, such as Patient.", TEXT, required=True),
    about=_ABOUT,
    identity=_IDENTITY,
    elements=_ELEMENTS._replace(required=True),
    parts=Key("Fields that fill further elements, such as `OBR-27 as TQ.ServiceRequest`.", TEXTS),
    sample=_SAMPLE,
    tests=_TESTS,
)
DATATYPE = keys(
    datatype=Key("The datatype of v2 that is read, such as XPN.", TEXT, required=True),
    type=Key("The FHIR datatype or resource that is made, such as HumanName or Practitioner.", TEXT, required=True),
    about=_ABOUT,
    identity=_IDENTITY._replace(
        about="Of a resource: what the sender calls it, such as `number: [.1, .9.1 if valued]`."
    ),
    display=Key("Of a resource: the words that stand beside a reference to it.", reference("filled")),
    reference=Key("Of a resource: further elements of a reference to it, such as extensions.", reference("elements")),
    optional=Key(
        "true, of a resource: made only where `optional_resources` names its type; else its words stand alone.",
        {"type": "boolean"},
    ),
    elements=_ELEMENTS._replace(required=True),
    sample=_SAMPLE,
    tests=_TESTS,
)
GROUP = keys(
    group=Key("A name for the run of segments.", TEXT, required=True),
    begins=Key("The segments that begin a new run, such as ORC|OBR.", TEXT, required=True),
    resources=_RESOURCES._replace(required=True),
)
ALSO = keys(
    from_=Key("The segment, or its mapping such as OBX.Observation-Component.", TEXT, required=True),
    when=_WHEN,
    into=Key("Lists whose first entry it fills further, in place of entries of its own.", TEXTS),
    lines=Key("A field such as OBX-5: all of the segments are one, with their lines as its repetitions.", TEXT),
)
UNDONE = keys(
    element=Key("The element, such as period.", TEXT, required=True),
    when=_WHEN,
)
RESOURCE = keys(
    from_=Key("The segment that makes the resource, or its mapping such as OBR.Specimen.", TEXT, required=True),
    also=Key(
        "Further segments that fill it; `NTE[*]` each that follows.",
        _one_or_many({"anyOf": [TEXT, object_schema(ALSO)]}),
    ),
    when=_WHEN,
    identity=_IDENTITY,
    elements=Key("Elements that differ from the segment mapping.", reference("elements")),
    type=Key("The FHIR resource, where the name is not its type.", TEXT),
    optional=Key("true: made only where `optional_resources` of the engine names its type.", {"type": "boolean"}),
    undoes=Key(
        "Elements that the event takes back: erased unless the message sends them.",
        _one_or_many({"anyOf": [TEXT, object_schema(UNDONE)]}),
    ),
)
"""Any other key is an element that refers to other resources: `subject: Patient`."""

ALTERNATIVE = keys(
    from_=Key("Where the value comes from, such as `PID-7 as date`.", TEXT),
    value=Key("A constant.", {}),
    elements=Key("Elements inside this one.", reference("elements")),
    refers=Key("The key of a resource of the message to refer to, such as Condition or Observation[*].", TEXT),
    each=Key("Beside elements: a field such as OBX-5, for each repetition of which there is one.", TEXT),
    when=_WHEN,
    inferred=Key("true: the value ranks below any value sent.", {"type": "boolean"}),
)
TEST = keys(
    name=Key("A sentence that is true.", TEXT),
    sample=Key("The segment or value to map, in place of the mapping's own.", TEXT),
    message=Key("The file of a message, beside the mapping.", TEXT),
    change=Key("Fields to set before, such as { PID-8: '' }.", map_of(TEXT)),
    expect=Key("What must come out; elements that it does not name may be anything.", {}, required=True),
    absent=Key("Elements that must not come out.", TEXTS),
)
TABLE_TEST = keys(
    name=Key("A sentence that is true.", TEXT),
    code=Key("The code to look up.", TEXT, required=True),
    expect=Key(
        "What the table gives: a code, some of { code, system, display }, or null for nothing.",
        {"anyOf": [TEXT, map_of(TEXT), {"type": "null"}]},
        required=True,
    ),
)
CODE = keys(
    code=Key("The code.", TEXT, required=True),
    system=Key("Its system, where it is another than the table's.", TEXT),
    display=Key("Its words.", TEXT),
)
TABLE = keys(
    table=Key("The table's name, as `via` calls it.", TEXT),
    about=_ABOUT,
    system=Key("The system of the codes that it gives.", TEXT),
    codes=Key(
        "Codes of v2, and what they are in FHIR, or the path of a CSV file.",
        {"anyOf": [reference("codes"), TEXT]},
        required=True,
    ),
    default=Key("What a code gives that is not among them: a code, or `keep`.", {"anyOf": [TEXT, object_schema(CODE)]}),
    match=Key("place: what is looked up is an address, and codes are places.", {"const": "place"}),
    partial=Key("true: codes that are not among them are meant to give nothing.", {"type": "boolean"}),
    tests=Key("Tests that `engine test` runs.", list_of(object_schema(TABLE_TEST))),
)
OVERLAY = keys(
    facility=Key("The code of the facility in the registry, or a list of codes that share this.", TEXTS),
    vendor=Key("In place of `facility`: a name that overlays of facilities extend.", TEXT),
    extends=Key(
        "The vendor, or vendors, whose overlays this one goes before; the first named goes before the others.", TEXTS
    ),
    about=_ABOUT,
    segments=Key("Segment mappings, with the elements that differ.", map_of(reference("elements"))),
    datatypes=Key("Datatype mappings that are new, or replace a standard one.", map_of(reference("datatype"))),
    tables=Key("Codes put over those of a table, at once or from a CSV file.", map_of(reference("table"))),
    tests=_TESTS,
)
