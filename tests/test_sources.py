"""What the sources may not hold: code from text, hosts of package registries, words that name nothing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMPILER = "engine/transforms/compile.py"
"""The one file that may turn syntax-tree nodes of its own making into code."""

CODE_NAMES = {"eval", "exec", "compile", "__import__", "__builtins__", "globals", "breakpoint"}
INNER_NAMES = {"__builtins__", "__code__", "__globals__", "__mro__", "__reduce__", "__subclasses__"}
"""Attributes by which any object leads to all others."""
CODE_MODULES = {
    "builtins",
    "cloudpickle",
    "codeop",
    "dill",
    "imp",
    "jinja2",
    "joblib",
    "jsonpickle",
    "lxml",
    "mako",
    "marshal",
    "multiprocessing",
    "pickle",
    "runpy",
    "shelve",
    "zipimport",
}
XML_MODULES = {"xml", "defusedxml", "xmltodict"}
CODE_ATTRIBUTES = {
    ("yaml", "load"),
    ("yaml", "load_all"),
    ("yaml", "full_load"),
    ("yaml", "full_load_all"),
    ("yaml", "unsafe_load"),
    ("yaml", "unsafe_load_all"),
    ("yaml", "Loader"),
    ("yaml", "FullLoader"),
    ("yaml", "UnsafeLoader"),
    ("os", "system"),
    ("os", "popen"),
    ("os", "execv"),
    ("os", "execvp"),
    ("asyncio", "create_subprocess_shell"),
    ("subprocess", "getoutput"),
    ("subprocess", "getstatusoutput"),
    ("importlib", "import_module"),
    ("types", "CodeType"),
    ("types", "FunctionType"),
    ("operator", "attrgetter"),
    ("operator", "methodcaller"),
    ("code", "interact"),
}
WATCHED_MODULES = {module for module, _ in CODE_ATTRIBUTES}
"""Modules that keep their own name, so that what is taken from them is seen."""

EXCEPTIONS = {
    COMPILER: {"exec", "compile"},
    "engine/hl7/dictionary.py": {"import_module"},  # of a library's tables, by the versions of a list
}

REGISTRIES = {
    ".".join(words)
    for words in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("repo", "maven", "apache", "org"),
        ("repo1", "maven", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("deb", "debian", "org"),
    )
}
WEAK_WORDS = {"data", "handler", "helper", "info", "manager", "processor", "service", "util"}
FOREIGN_NAMES = {"data_received"}
"""Names that a library calls us by, and that we cannot choose: asyncio.Protocol."""

EXCUSE = re.compile(
    r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w, -]+\])?)[ \t]*(?P<reason>[#-]\s*\S.*)?$",
    re.MULTILINE,
)


def tracked(*patterns: str) -> list[Path]:
    """The files that git knows and that are there, by pattern."""
    listing = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    files = [ROOT / name for name in listing.stdout.split("\0") if name]
    return [file for file in files if file.is_file()]


def trees(*patterns: str) -> Iterator[tuple[str, ast.Module]]:
    for file in tracked(*patterns):
        yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_bytes(), file.name)


def code_from_text(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of each thing that turns text or bytes into code, objects or shell commands."""
    for node in ast.walk(tree):
        match node:
            case ast.Import() | ast.ImportFrom():
                yield from ((node.lineno, name) for name in forbidden_imports(node))
            case ast.Name(id=name) if name in CODE_NAMES:
                yield node.lineno, name
            case ast.Attribute(attr=name) if name in INNER_NAMES:
                yield node.lineno, name
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if (owner, name) in CODE_ATTRIBUTES:
                yield node.lineno, f"{owner}.{name}"
            case ast.keyword(arg="shell", value=value) if not (isinstance(value, ast.Constant) and not value.value):
                yield node.lineno, "shell="


def forbidden_imports(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Modules that make code of text, what others have for it, and watched modules under another name."""
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        yield from [module] if forbidden_module(module) else []
        yield from (name.name for name in node.names if (module, name.name) in CODE_ATTRIBUTES)
    else:
        watched = (name for name in node.names if name.name in WATCHED_MODULES)
        yield from (name.name for name in node.names if forbidden_module(name.name))
        yield from (name.name for name in watched if name.asname not in (None, name.name))


def imported_packages(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def declared_distributions() -> set[str]:
    """The names of [project] dependencies, as pip compares them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {canonical(re.split(r"[\[<>=; ]", line)[0]) for line in project["dependencies"]}


def canonical(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def forbidden_module(name: str) -> bool:
    return name.partition(".")[0] in CODE_MODULES | XML_MODULES


def words(name: str) -> set[str]:
    """The lower-case words of a snake_case or CamelCase name, in the singular."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return {part.lower() for part in parts} | {part.lower().removesuffix("s") for part in parts}


def defined_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name not in FOREIGN_NAMES:
            yield node.lineno, node.name


@pytest.mark.parametrize(
    "source",
    [
        "eval('1')",
        "run = exec",
        "import pickle",
        "from xml.etree import ElementTree",
        "import yaml\nyaml.load('a')",
        "from yaml import unsafe_load",
        "import subprocess\nsubprocess.run('ls', shell=True)",
        "import subprocess\nsubprocess.run('ls', shell=sure)",
        "import os\nos.system('ls')",
        "import yaml as y",
        "from importlib import import_module",
        "import asyncio\nasyncio.create_subprocess_shell('ls')",
        "().__class__.__mro__",
        "__builtins__['eval']",
    ],
)
def test_code_from_text_is_found(source: str) -> None:
    assert list(code_from_text(ast.parse(source)))


def test_pattern_compile_and_safe_yaml_are_no_code_from_text() -> None:
    assert not list(
        code_from_text(ast.parse("import re, yaml\nre.compile('a')\nyaml.compose('a')\nyaml.safe_load('a')"))
    )


def test_no_source_turns_text_into_code() -> None:
    found = [
        f"{path}:{line}: {name}"
        for path, tree in trees("engine/*.py", "demo/*.py")
        for line, name in code_from_text(tree)
        if name not in EXCEPTIONS.get(path, ())
    ]
    assert found == []


def test_weak_words_are_found_in_any_case() -> None:
    assert WEAK_WORDS & words("MessageHandlers")
    assert WEAK_WORDS & words("parse_data")
    assert not WEAK_WORDS & words("database_handle")


GIVEN_NAMES = frozenset({"handle_data"})
"""Names that a class of Python's library asks for: `html.parser`."""


def test_names_say_what_a_thing_is() -> None:
    sources = list(trees("engine/*.py", "tests/*.py", "demo/*.py", "benchmarks/*.py", "tools/*.py"))
    files = [path for path, _ in sources if WEAK_WORDS & words(Path(path).stem)]
    names = [
        f"{path}:{line}: {name}"
        for path, tree in sources
        for line, name in defined_names(tree)
        if not name.startswith("test_") and name not in GIVEN_NAMES and WEAK_WORDS & words(name)
    ]
    assert files + names == []


def test_a_reason_beside_a_silenced_check_is_seen() -> None:
    check = "# no" + "qa: S311"
    assert [bool(found["reason"]) for found in EXCUSE.finditer(f"{check}\n{check} - why\n{check}  # why\n")] == [
        False,
        True,
        True,
    ]


def test_a_silenced_check_says_why() -> None:
    silent = [
        f"{file.relative_to(ROOT)}: {found[0].strip()}"
        for file in tracked("engine/*.py", "tests/*.py", "demo/*.py", "benchmarks/*.py", "tools/*.py")
        for found in EXCUSE.finditer(file.read_text(encoding="utf-8"))
        if not found["reason"]
    ]
    assert silent == []


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile("|".join(re.escape(host) for host in sorted(REGISTRIES)).encode())
    assert [str(file.relative_to(ROOT)) for file in tracked() if hosts.search(file.read_bytes())] == []


def test_engine_imports_only_what_it_declares() -> None:
    """`make demo` and the container install only [project] dependencies."""
    known, declared = packages_distributions(), declared_distributions()
    own = {"engine", "demo"} | sys.stdlib_module_names
    imported = {
        (path, package)
        for path, tree in trees("engine/*.py", "demo/*.py")
        for package in imported_packages(tree)
        if package not in own
    }
    undeclared = {
        f"{path}: {package}"
        for path, package in imported
        if not declared & {canonical(name) for name in known.get(package, ())}
    }
    assert sorted(undeclared) == []
