"""A simulated workspace and the two executables, for the tests that drive them with Airbyte's own software."""

from __future__ import annotations

import email
import email.policy
import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "bin" / "source-chatgpt-enterprise"
DESTINATION = ROOT / "bin" / "destination-arctera-archive"

# Nothing of these tests leaves the machine.
os.environ.update(AIRBYTE_OFFLINE_MODE="1", DO_NOT_TRACK="1")


@dataclass
class Simulator:
    """A Compliance API in a process of its own; `truth` says what a perfect capture holds."""

    process: subprocess.Popen[str]
    config: dict[str, Any]
    truth_file: Path

    @classmethod
    def start(cls, folder: Path, *switches: str) -> "Simulator":
        truth_file = folder / "truth.jsonl"
        command = ["node", str(ROOT / "dist" / "simulator.js"), "--truth", str(truth_file), *switches]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        config = {
            "workspace_id": told["workspace_id"],
            "api_key": told["api_key"],
            "api_base_url": told["base_url"],
            "requests_per_minute": 1_000_000,
        }
        return cls(process, config, truth_file)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)

    def truth(self, kind: str) -> list[dict[str, Any]]:
        lines = self.truth_file.read_text().splitlines()
        return [each for each in map(json.loads, lines) if each["kind"] == kind]

    def message_events(self) -> dict[str, str]:
        """SHA-256 of each message event's exact line, by event id."""
        events = self.truth("event")
        return {each["eventId"]: each["sha256"] for each in events if each["eventType"] == "CONVERSATION_MESSAGE"}

    def captured_files(self) -> set[str]:
        files = self.truth("file") + self.truth("owned_file")
        return {each["sha256"] for each in files if each["outcome"] == "captured"}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Archive:
    """What an archive folder holds, read by Python's own mail parser."""

    originals: list[str]
    uploads: list[str]
    defects: list[str]

    def events(self) -> dict[str, str]:
        """SHA-256 of each archived message event's line, by event id; an event that is there twice fails."""
        events: dict[str, str] = {}
        for line in self.originals:
            try:
                parsed = json.loads(line)
            except ValueError:
                continue
            if not isinstance(parsed, dict) or parsed.get("type") != "CONVERSATION_MESSAGE":
                continue
            assert parsed["event_id"] not in events, "an event lies in two items"
            events[parsed["event_id"]] = sha256(line.encode())
        return events


def read_archive(folder: Path) -> Archive:
    archive = Archive([], [], [])
    for path in sorted(folder.rglob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for part in message.walk():
            archive.defects += [f"{path.name}: {defect!r}" for defect in part.defects]
            name = part.get_filename()
            if name is None:
                continue
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            if name == "events.jsonl":
                archive.originals += content.decode("utf-8", "surrogatepass").split("\n")[:-1]
            elif name != "item.json":  # what the item says of itself
                archive.uploads.append(sha256(content))
    return archive


def destination_config(folder: Path) -> dict[str, Any]:
    return {"target": {"type": "folder", "path": str(folder)}}


def verify(folder: Path, scratch: Path) -> int:
    config = scratch / "verify.json"
    config.write_text(json.dumps(destination_config(folder)))
    return subprocess.run([DESTINATION, "verify", "--config", config], capture_output=True).returncode
