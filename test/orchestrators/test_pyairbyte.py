"""PyAirbyte runs both connectors: the verbs, its DuckDB cache, a direct pipe, and a resumption after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import airbyte as ab
import pytest
from airbyte.caches.base import CacheBase
from workspace import DESTINATION, SOURCE, Simulator, destination_config, read_archive, verify


def source_of(simulator: Simulator, **settings: Any) -> ab.Source:
    config = {**simulator.config, **settings}
    source = ab.get_source("source-chatgpt-enterprise", config=config, local_executable=SOURCE)
    source.select_all_streams()
    return source


def destination_of(folder: Path) -> ab.Destination:
    name = "destination-arctera-archive"
    return ab.get_destination(name, config=destination_config(folder), local_executable=DESTINATION)


def cache_in(folder: Path, name: str) -> CacheBase:
    return ab.new_local_cache(name, cache_dir=folder / name, cleanup=False)


def test_check_accepts_a_good_configuration(simulator: Simulator, archive: Path) -> None:
    source_of(simulator).check()
    destination_of(archive).check()


def test_check_refuses_a_wrong_key(simulator: Simulator) -> None:
    with pytest.raises(Exception) as refused:
        source_of(simulator, api_key="sk-admin-canary-wrong").check()
    assert "sk-admin-canary-wrong" not in str(refused.value)


def test_discover_lists_the_streams(simulator: Simulator) -> None:
    streams = source_of(simulator).get_available_streams()
    assert {"messages", "conversations", "files", "file_chunks", "users", "capture_runs"} <= set(streams)


def test_read_into_a_cache_with_typed_columns_then_only_what_is_new(simulator: Simulator, tmp_path: Path) -> None:
    source = source_of(simulator)
    cache = cache_in(tmp_path, "warehouse")
    result = source.read(cache=cache)
    rows = {row["event_id"]: row["event_sha256"] for row in result["messages"]}
    assert rows == simulator.message_events()
    frame = result["messages"].to_pandas()
    assert str(frame["log_line"].dtype).startswith(("int", "Int")), "a number stays a number"
    assert str(frame["unreadable"].dtype) in ("bool", "boolean"), "a boolean stays one"
    assert {row["sha256"] for row in result["files"] if row["outcome"] == "captured"} == simulator.captured_files()

    again = source.read(cache=cache)
    assert again.processed_records < 50, "the second read takes up where the first ended"
    assert {row["event_id"] for row in again["messages"]} == set(rows)


def test_write_as_a_direct_pipe_then_only_what_is_new(simulator: Simulator, archive: Path, tmp_path: Path) -> None:
    source, destination, states = source_of(simulator), destination_of(archive), cache_in(tmp_path, "states")
    first = destination.write(source, cache=False, state_cache=states)
    assert first.processed_records >= len(simulator.message_events())
    written = read_archive(archive)
    assert written.events() == simulator.message_events()
    assert set(written.uploads) == simulator.captured_files()
    assert written.defects == []
    assert verify(archive, tmp_path) == 0

    second = destination.write(source, cache=False, state_cache=states)
    assert second.processed_records < 50, "the second write resumes from the states that came back"
    assert read_archive(archive).events() == written.events()


def test_write_from_a_cache_repeats_nothing(simulator: Simulator, archive: Path, tmp_path: Path) -> None:
    source, destination, cache = source_of(simulator), destination_of(archive), cache_in(tmp_path, "between")
    result = source.read(cache=cache)
    for time_of_writing in ("first", "second"):  # the whole cached table comes every time
        destination.write(result, cache=cache, state_cache=cache_in(tmp_path, f"states_{time_of_writing}"))
        assert read_archive(archive).events() == simulator.message_events()
    assert verify(archive, tmp_path) == 0


def test_a_write_that_was_killed_is_completed_by_the_next(
    simulator: Simulator, archive: Path, tmp_path: Path
) -> None:
    runner = tmp_path / "killed_run.py"
    runner.write_text(
        f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_pyairbyte import *
simulator = Simulator(None, {simulator.config!r}, Path({str(simulator.truth_file)!r}))
destination_of(Path({str(archive)!r})).write(
    source_of(simulator), cache=False, state_cache=cache_in(Path({str(tmp_path)!r}), "states"))
"""
    )
    process = subprocess.Popen(
        [sys.executable, runner], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    while process.poll() is None and not any(archive.rglob("*.eml")):
        time.sleep(0.002)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    states = cache_in(tmp_path, "states")
    destination_of(archive).write(source_of(simulator), cache=False, state_cache=states)
    assert read_archive(archive).events() == simulator.message_events()
    assert verify(archive, tmp_path) == 0
