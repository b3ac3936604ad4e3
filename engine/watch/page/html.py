"""HTML put together so that no text is markup: what is not `Markup` is escaped, whoever wrote it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


class Markup(str):
    """Text that is HTML already; made in this file alone."""

    __slots__ = ()


Part = str | int | float
EMPTY = Markup("")


def text(part: Part) -> Markup:
    """The part as HTML; what is none is escaped."""
    return part if isinstance(part, Markup) else Markup(html.escape(str(part), quote=True))


def tag(name: str, /, *parts: Part, **attributes: str | None) -> Markup:
    """An element; an attribute's name may end in `_`, and one that is None is left out."""
    return Markup(f"<{name}{_attributes(attributes)}>{join(parts)}</{name}>")


def single(name: str, /, **attributes: str | None) -> Markup:
    """An element without content, such as `meta`."""
    return Markup(f"<{name}{_attributes(attributes)}>")


def join(parts: Iterable[Part]) -> Markup:
    """The parts, one after the other."""
    return Markup("".join(map(text, parts)))


def table(caption: str, heads: Sequence[Part], rows: Iterable[Sequence[Part]]) -> Markup:
    """A table that scrolls by itself where the screen is narrow; the first cell of a row is its head."""
    head = tag("tr", *(tag("th", one, scope="col") for one in heads))
    body = [tag("tr", tag("th", row[0], scope="row"), *(tag("td", one) for one in row[1:])) for row in rows]
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    return tag("div", whole, class_="scroll", role="region", aria_label=caption, tabindex="0")


def document(language: str, title: str, *parts: Part, style: str) -> bytes:
    """The page as bytes."""
    head = tag(
        "head",
        single("meta", charset="utf-8"),
        tag("title", title),
        single("meta", name="viewport", content="width=device-width, initial-scale=1"),
        single("link", rel="stylesheet", href=style),
        single("link", rel="icon", href="data:,"),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', *parts), lang=language)}\n".encode()


def _attributes(attributes: dict[str, str | None]) -> str:
    given = ((name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items() if value is not None)
    return "".join(f' {name}="{html.escape(value, quote=True)}"' for name, value in given)
