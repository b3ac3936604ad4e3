"""The keys of a ViewDefinition, told for editors."""

from __future__ import annotations

from engine.canonical import r4
from engine.language.keys import TEXT, Key, Keys, Schema, keys, list_of, reference
from engine.views.kinds import PREFIX
from engine.views.read import CONSTANT_TYPES, VIEW_KEYS

_ANY: Schema = {}
_FLAG: Schema = {"type": "boolean"}
_NAME: Schema = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$"}
_PATH: Schema = {"type": "string"}
_PATHS: Schema = {"anyOf": [_PATH, list_of(_PATH)]}
_RESOURCES = sorted(kind for kind in r4.types() if r4.is_resource(kind))
_TYPES = sorted({*r4.types(), "integer64"})


def _several(name: str) -> Schema:
    """A list of such, or one of them."""
    return {"anyOf": [reference(name), list_of(reference(name))]}


_COMMON = keys(
    id=Key("An id within the file, which the engine does not read.", _ANY),
    extension=Key("Extensions of FHIR, which the engine does not read.", _ANY),
    modifierExtension=Key("Extensions of FHIR, which the engine does not read.", _ANY),
)
_KNOWN = keys(
    resourceType=Key("Says what the file is.", {"const": "ViewDefinition"}),
    name=Key("The name of the table, as the file's: small letters, digits and underscores.", _NAME),
    title=Key("What people call the view.", TEXT),
    description=Key("What a row stands for.", TEXT),
    fhirVersion=Key("The versions of FHIR that the view is for.", {"anyOf": [TEXT, list_of(TEXT)]}),
    resource=Key("The type of resource that the view reads.", {"enum": _RESOURCES}, required=True),
    constant=Key("Values that paths name with %.", _several("constant")),
    select=Key("Columns, and what is joined to them.", _several("select"), required=True),
    where=Key("Paths that must be true for a resource to be read.", _several("where")),
)

VIEW: Keys = {
    **{
        name: Key("Metadata of FHIR, which the engine does not read.", _ANY)
        for name in sorted(VIEW_KEYS - _KNOWN.keys())
    },
    **_KNOWN,
}
SELECT: Keys = {
    **keys(
        column=Key("The columns of each row.", _several("column")),
        select=Key("Further selects, each of whose rows is joined with each.", _several("select")),
        forEach=Key("A path: a row for each element that it leads to.", _PATH),
        forEachOrNull=Key("The same, and one blank row where there is none.", _PATH),
        repeat=Key(
            "Paths that are followed again and again: a row for each element.", {"anyOf": [_PATH, list_of(_PATH)]}
        ),
        unionAll=Key("Selects with the same columns, whose rows stand one after the other.", _several("select")),
    ),
    **_COMMON,
}
COLUMN: Keys = {
    **keys(
        name=Key("The column's name: small letters, digits and underscores.", _NAME, required=True),
        path=Key("The path to its value, a part of FHIRPath.", _PATH, required=True),
        type=Key("The FHIR type of its value.", {"enum": [*_TYPES, *(f"{PREFIX}{name}" for name in _TYPES)]}),
        collection=Key("Whether a row may hold several values, as a list.", _FLAG),
        description=Key("What the column holds.", TEXT),
        tag=Key("What else is to be known: `ansi/type` names a type of SQL, `privacy` a class.", _several("tag")),
    ),
    **_COMMON,
}
TAG: Keys = {
    **keys(
        name=Key("What is told: `ansi/type`, `privacy`.", TEXT, required=True),
        value=Key(
            "DATE, TIMESTAMP WITH TIME ZONE, DECIMAL; identifying, quasi-identifying, clinical.", TEXT, required=True
        ),
    ),
    **_COMMON,
}
WHERE: Keys = {
    **keys(
        path=Key("A path that gives true or false.", _PATH, required=True),
        description=Key("Why.", TEXT),
    ),
    **_COMMON,
}
CONSTANT: Keys = {
    **keys(name=Key("What paths call it, without %.", _NAME, required=True)),
    **{name: Key(f"Its value, a FHIR {kind}.", TEXT) for name, kind in sorted(CONSTANT_TYPES.items())},
    **_COMMON,
}
