"""Runners and sources that are not ours: one more reader of our source, and a foreign source archived without loss."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from workspace import DESTINATION, SOURCE, Simulator, destination_config, read_archive, verify

PROGRAMS = Path(os.environ["SECOND_OPINIONS"])
FAKER_CONFIG = {"count": 300, "seed": 7, "parallelism": 1, "always_updated": False}


def test_records_of_airbytes_own_faker_source_are_archived_without_loss(archive: Path, tmp_path: Path) -> None:
    config, catalog = tmp_path / "faker.json", tmp_path / "catalog.json"
    config.write_text(json.dumps(FAKER_CONFIG))
    faker = PROGRAMS / "source-faker"
    discovered = subprocess.run([faker, "discover", "--config", config], capture_output=True, text=True, check=True)
    streams = next(
        message["catalog"]["streams"]
        for message in map(json.loads, discovered.stdout.splitlines())
        if message["type"] == "CATALOG"
    )
    catalog.write_text(
        json.dumps(
            {
                "streams": [
                    {
                        "stream": stream,
                        "sync_mode": "incremental",
                        "destination_sync_mode": "append_dedup",
                        "primary_key": stream["source_defined_primary_key"],
                        "cursor_field": stream["default_cursor_field"],
                    }
                    for stream in streams
                ]
            }
        )
    )
    read = subprocess.run(
        [faker, "read", "--config", config, "--catalog", catalog], capture_output=True, text=True, check=True
    )
    lines = [line for line in read.stdout.splitlines() if '"type":"RECORD"' in line or '"type":"STATE"' in line]
    sent = [json.loads(line)["record"] for line in lines if '"type":"RECORD"' in line]
    assert len(sent) > 600

    archive_config = tmp_path / "destination.json"
    archive_config.write_text(json.dumps(destination_config(archive)))
    for _ in range(2):
        subprocess.run(
            [DESTINATION, "write", "--config", archive_config, "--catalog", catalog],
            input="".join(f"{line}\n" for line in lines),
            capture_output=True,
            text=True,
            check=True,
        )
        archived = read_archive(archive)
        expected = {(json.dumps(record["data"], sort_keys=True)) for record in sent}
        assert {json.dumps(json.loads(line), sort_keys=True) for line in archived.originals} == expected
        assert len(archived.originals) == len(expected)
    assert verify(archive, tmp_path) == 0


def test_airbyte_serverless_reads_every_message(simulator: Simulator, tmp_path: Path) -> None:
    program = tmp_path / "read.py"
    program.write_text(
        """
import json, sys
from airbyte_serverless.sources import ExecutableAirbyteSource
source = ExecutableAirbyteSource(sys.argv[1], json.loads(sys.argv[2]), "messages,conversations,users")
for message in source.extract():
    if message["type"] == "RECORD" and message["record"]["stream"] == "messages":
        data = message["record"]["data"]
        print(json.dumps([data["event_id"], data["event_sha256"]]))
"""
    )
    run = subprocess.run(
        [PROGRAMS / "python", program, SOURCE, json.dumps(simulator.config)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    rows = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('["')]
    assert dict(rows) == simulator.message_events()
