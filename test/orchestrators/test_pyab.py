"""The command line of PyAirbyte: its validation of the source, and its whole smoke test of the destination."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from workspace import DESTINATION, SOURCE, Simulator, destination_config, read_archive, verify

PROGRAMS = Path(sys.executable).parent


def pyab(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    return subprocess.run([PROGRAMS / "pyab", *arguments], capture_output=True, text=True, env=environment)


def test_validate_finds_the_source_valid(simulator: Simulator, tmp_path: Path) -> None:
    config = tmp_path / "source.json"
    config.write_text(json.dumps(simulator.config))
    run = pyab("validate", f"--connector={SOURCE}", f"--config={config}")
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_scenario_of_the_destination_smoke_test_passes(archive: Path, tmp_path: Path) -> None:
    config = tmp_path / "destination.json"
    config.write_text(json.dumps(destination_config(archive)))
    run = pyab("destination-smoke-test", f"--destination={DESTINATION}", f"--config={config}", "--scenarios=all")
    assert run.returncode == 0, run.stdout + run.stderr
    summary = json.loads(run.stdout[run.stdout.rindex("\n{") :])
    assert summary["success"] is True
    assert summary["preflight_passed"] is True
    # It never reads back, so we do. Its streams repeat a few records, within a stream and from the preflight.
    archived = read_archive(archive)
    assert archived.defects == []
    assert len(archived.originals) >= 0.98 * summary["records_delivered"]
    assert verify(archive, tmp_path) == 0
