"""The keys of files of routes, as editors are told of them; tests hold them against what the reader takes."""

from __future__ import annotations

from engine.language.keys import TEXT, TEXTS, Key, keys, list_of, reference

ROUTE = keys(
    route=Key("A name in lower-case words joined by hyphens.", TEXT, required=True),
    about=Key("What this is for, in a sentence.", TEXT),
    when=Key("A condition over the elements of a resource; only `_unmatched` may have none.", TEXT),
    to=Key("The topic, such as alerts.critical, or several.", TEXTS, required=True),
    key=Key("What records are keyed by: subject, facility, resource, paths to codes, or several of these.", TEXTS),
    order=Key(
        "strict: after a dead letter, no further event of its key until told; flowing, the default: events go on.",
        {"enum": ["flowing", "strict"]},
    ),
    tests=Key("Tests that `engine test` runs.", list_of(reference("test"))),
)
TEST = keys(
    event=Key("A resource to route.", {"type": "object"}, required=True),
    expect=Key("The topics that it must go to.", TEXTS, required=True),
    name=Key("A sentence that is true.", TEXT),
)
FILE = keys(
    match=Key("Whether all routes that match take an event, or the first.", {"enum": ["all", "first"]}),
    routes=Key("The routes, in order.", list_of(reference("route")), required=True),
)
