"""Files and folders of mappings that nobody reads, since they are not called as they should be."""

from __future__ import annotations

from pathlib import Path

from engine.language.fault import Mark, nearest
from engine.language.gather import Gather

FOLDERS = ("messages", "segments", "datatypes", "tables")
TOP = ("standard", "facilities", "routes", "profiles", "schemas")
NOBODY = "no folder of mappings is called so: nothing is read here"


def check_folders(folder: Path, gather: Gather) -> None:
    """Note folders that hold mappings and are none, files that end in .yml, and two files for one table."""
    for path in sorted(folder.glob("*/")):
        if path.name not in TOP and (hint := nearest(path.name, TOP)) and any(path.rglob("*.yaml")):
            gather.add(Mark(str(path)), "M108", "", NOBODY, hint)
    for path in sorted((folder / "standard").glob("*/")):
        if path.name not in FOLDERS and any(path.rglob("*.yaml")):
            hint = nearest(path.name, FOLDERS) or f"mappings stand in {', '.join(FOLDERS)}"
            gather.add(Mark(str(path)), "M108", "", NOBODY, hint)
    for path in sorted(folder.rglob("*.yml")):
        gather.add(Mark(str(path)), "M108", "", "is not read", f"call it {path.stem}.yaml")
    for path in sorted((folder / "standard" / "tables").glob("*.csv")):
        beside = path.with_suffix(".yaml")
        if beside.is_file() and path.name not in beside.read_text("utf-8", errors="replace"):
            what = f"{beside.name} is the same table, and takes no codes from here"
            gather.add(Mark(str(path)), "M107", "", what, f"write codes: {path.name} there, or keep one of them")
