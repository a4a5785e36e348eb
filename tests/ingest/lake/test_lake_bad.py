"""What can be wrong with a lake or its address: one clear line each, and nothing read in part."""

import json
from datetime import timedelta
from typing import Any

import duckdb
import pytest
from lakefacts import DATABASE, LAKE, NOON, exported, post, rows, save

from ingest import store
from ingest.database import connect
from ingest.errors import ConfigError, DatabaseError, LakeError
from ingest.lake import manifest
from ingest.lake.address import open_address
from ingest.lake.export import export
from ingest.records import Deletion


def test_facts_of_another_database_are_refused() -> None:
    """Another author key would count one person as two; the sample never mixes with live facts."""
    save(post(1))
    exported()
    DATABASE.unlink()
    save(post(1), key="other")
    with pytest.raises(ConfigError, match=r"author\.key"):
        exported()
    DATABASE.unlink()
    with connect(DATABASE) as connection:
        store.prepare(connection, kind="sample", key_fingerprint="x")
    with pytest.raises(ConfigError, match="mixed"):
        exported()


def test_nothing_to_export_is_said() -> None:
    """A database that is missing, or holds no facts, is refused in one line."""
    with pytest.raises(DatabaseError, match="does not exist"):
        exported()
    duckdb.connect(str(DATABASE)).close()
    with pytest.raises(DatabaseError, match="no facts"):
        exported()


@pytest.mark.parametrize(
    ("harm", "wanted"),
    [
        (lambda file: file.unlink(), "is missing"),
        (lambda file: file.write_bytes(file.read_bytes()[:100]), "cut off or damaged"),
    ],
)
def test_a_missing_or_truncated_file_is_named(harm: Any, wanted: str) -> None:
    """Before anything is read every file is looked for; one that is not whole is named, with what to do."""
    save(post(1))
    exported()
    (file,) = LAKE.rglob("*.parquet")
    harm(file)

    with pytest.raises(LakeError, match=wanted) as refused:
        rows()
    assert file.name in str(refused.value)
    assert "lake export" in str(refused.value)


def test_a_day_of_a_newer_schema_is_refused_whole() -> None:
    """A lake that a newer version wrote to is not read in part."""
    save(post(1))
    exported()
    file = LAKE / "manifest.json"
    said = json.loads(file.read_text())
    said["days"][0] |= {"schema": 2, "parts": "otherwise"}
    file.write_text(json.dumps(said))

    with pytest.raises(LakeError, match="2026-04-15 has schema 2"):
        rows()
    file.write_text('{"days": 3}')
    with pytest.raises(LakeError, match="no manifest"):
        rows()


def test_a_lake_in_an_object_store_is_a_lake() -> None:
    """By fsspec, here its store in memory: exported, added to, dropped from, read."""
    pytest.importorskip("fsspec", reason="the extra `lake` is not installed")
    address = open_address("memory://bucket/lake")
    save(post(1), post(2, NOON + timedelta(days=1)))
    first = export(DATABASE, address)
    save(post(3), deletions=(Deletion("bluesky", NOON, NOON, post_id="p2"),))

    again = export(DATABASE, address)

    assert (first.written, again.written, again.added) == (2, 1, 1)
    assert set(address.sizes()) == {*again.manifest.paths, manifest.NAME}
    assert export(DATABASE, address).unchanged == 2


@pytest.mark.parametrize(
    ("address", "wanted"), [("nowhere://bucket/lake", "nothing here can read"), ("s3://bucket/lake", "s3fs")]
)
def test_an_address_that_nothing_reads_is_said(address: str, wanted: str) -> None:
    """An unknown scheme, or a store whose package is missing, is one line with what to install."""
    pytest.importorskip("fsspec", reason="the extra `lake` is not installed")
    with pytest.raises(LakeError, match=wanted):
        open_address(address)


def test_an_address_without_permission_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that does not let us in is one line with the address."""
    memory = pytest.importorskip("fsspec.implementations.memory", reason="the extra `lake` is not installed")

    def refuse(*said: object, **options: object) -> bytes:
        raise PermissionError("403 Forbidden")

    monkeypatch.setattr(memory.MemoryFileSystem, "cat_file", refuse)
    with pytest.raises(LakeError, match=r"memory://bucket/lake: no permission \(403 Forbidden\)"):
        manifest.require(open_address("memory://bucket/lake"))


def test_no_lake_is_said() -> None:
    """A folder without a manifest is no lake; the line says how to make one."""
    with pytest.raises(LakeError, match=r"no manifest\.json.*lake export"):
        manifest.require(open_address("nowhere"))
