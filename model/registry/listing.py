"""The listing of a registry: a line a version, as a table for people or as JSON."""

from dataclasses import asdict
from typing import Any

from model.errors import DamagedError, NotFoundError
from model.registry.registry import Registry
from model.registry.versions import UNKNOWN, Manifest

COLUMNS = ("version", "accuracy", "dataset", "recipe", "created", "aliases")
RIGHT = {"version", "accuracy"}


def listing(registry: Registry) -> list[dict[str, Any]]:
    """What is known of each version, oldest first, and of those that aliases alone know.

    A version that is damaged or not there has an `error` in place of what its manifest says; one that was
    imported has the name of its file as `imported`.
    """
    aliases = _aliases(registry)
    names: dict[int, list[str]] = {version: [] for version in registry.versions()}
    for alias, version in sorted(aliases.items()):
        names.setdefault(version, []).append(alias)
    return [_known(registry, version) | {"aliases": names[version]} for version in sorted(names)]


def table(rows: list[dict[str, Any]]) -> list[str]:
    """The lines of a listing, columns as wide as what is in them; an error takes those of the manifest."""
    cells = [dict(zip(COLUMNS, COLUMNS, strict=True)), *map(_cells, rows)]
    widths = {name: max(len(row.get(name, "")) for row in cells) for name in COLUMNS}
    return [_line(row, widths) for row in cells]


def _aliases(registry: Registry) -> dict[str, int]:
    try:
        return registry.aliases()
    except DamagedError:
        return {}


def _known(registry: Registry, version: int) -> dict[str, Any]:
    try:
        manifest = registry.manifest(version)
        return asdict(manifest) | _origin(registry, manifest)
    except (DamagedError, NotFoundError) as error:
        return {"version": version, "error": str(error)}


def _origin(registry: Registry, manifest: Manifest) -> dict[str, str]:
    if manifest.recipe != UNKNOWN:
        return {}
    imported = registry.load(manifest.version)[0].lineage.get("imported")
    return {"imported": str(imported["file"])} if isinstance(imported, dict) and "file" in imported else {}


def _cells(row: dict[str, Any]) -> dict[str, str]:
    said = {"version": str(row["version"]), "aliases": ", ".join(row["aliases"])}
    if "error" in row:
        return said | {"error": row["error"]}
    accuracy = row["accuracy"]
    return said | {
        "accuracy": f"{accuracy:.2%}" if isinstance(accuracy, float) else "-",
        "dataset": str(row["dataset"]),
        "recipe": f"imported: {row['imported']}" if "imported" in row else str(row["recipe"]),
        "created": row["created_at"],
    }


def _line(cells: dict[str, str], widths: dict[str, int]) -> str:
    names = ("version", "error", "aliases") if "error" in cells else COLUMNS
    padded = [
        cells[name].rjust(widths[name]) if name in RIGHT else cells[name].ljust(widths.get(name, 0))
        for name in names
    ]
    return "  ".join(padded).rstrip()
