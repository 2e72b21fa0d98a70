"""Anki's own import of a package, to tell when it takes longer than the build."""

from __future__ import annotations

import time
from pathlib import Path

from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest


def import_twice(package: Path, folder: Path) -> tuple[float, float]:
    """Processor seconds of a first import into an empty collection, and of the same again."""
    folder.mkdir()
    collection = Collection(str(folder / "collection.anki2"))
    try:
        return _import(collection, package), _import(collection, package)
    finally:
        collection.close()


def _import(collection: Collection, package: Path) -> float:
    request = ImportAnkiPackageRequest(
        package_path=str(package), options=ImportAnkiPackageOptions()
    )
    started = time.process_time()
    collection.import_anki_package(request)
    return time.process_time() - started
