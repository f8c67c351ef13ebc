"""Every line that either executable prints is a message of Airbyte's protocol models, parsed strictly."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from airbyte_protocol.models import AirbyteMessage, AirbyteStateMessage, ConfiguredAirbyteCatalog, Type
from workspace import DESTINATION, SOURCE, Simulator, destination_config


def run(*command: str | Path, stdin: str | None = None) -> list[AirbyteMessage]:
    done = subprocess.run([str(part) for part in command], input=stdin, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return [parse(line) for line in done.stdout.splitlines()]


def parse(line: str) -> AirbyteMessage:
    """The models allow unknown fields; a message must come out as it went in all the same."""
    raw = json.loads(line)
    message = AirbyteMessage.model_validate(raw, strict=False)
    again = json.loads(message.model_dump_json(exclude_unset=True, by_alias=True))
    assert again == raw, f"a {raw['type']} message is read differently from how it was written"
    return message


def of_type(messages: list[AirbyteMessage], kind: Type) -> list[AirbyteMessage]:
    return [message for message in messages if message.type == kind]


def write_json(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value))
    return path


def test_a_full_run_speaks_the_protocol(simulator: Simulator, archive: Path, tmp_path: Path) -> None:
    source_config = write_json(tmp_path / "source.json", simulator.config)
    archive_config = write_json(tmp_path / "destination.json", destination_config(archive))

    for executable in (SOURCE, DESTINATION):
        assert len(of_type(run(executable, "spec"), Type.SPEC)) == 1
    assert len(of_type(run(SOURCE, "check", "--config", source_config), Type.CONNECTION_STATUS)) == 1
    assert len(of_type(run(DESTINATION, "check", "--config", archive_config), Type.CONNECTION_STATUS)) == 1

    [discovered] = of_type(run(SOURCE, "discover", "--config", source_config), Type.CATALOG)
    assert discovered.catalog is not None
    streams = [
        {
            "stream": json.loads(stream.model_dump_json(exclude_unset=True)),
            "sync_mode": "incremental",
            "destination_sync_mode": "append_dedup",
            "cursor_field": stream.default_cursor_field,
            "primary_key": stream.source_defined_primary_key,
        }
        for stream in discovered.catalog.streams
    ]
    ConfiguredAirbyteCatalog.model_validate({"streams": streams})
    catalog = write_json(tmp_path / "catalog.json", {"streams": streams})

    read = run(SOURCE, "read", "--config", source_config, "--catalog", catalog)
    assert {message.record.stream for message in of_type(read, Type.RECORD) if message.record} <= {
        stream["stream"]["name"] for stream in streams
    }
    states = of_type(read, Type.STATE)
    assert all(message.state and message.state.sourceStats is not None for message in states)

    piped = [message for message in read if message.type in (Type.RECORD, Type.STATE)]
    stdin = "".join(f"{message.model_dump_json(exclude_unset=True)}\n" for message in piped)
    written = run(DESTINATION, "write", "--config", archive_config, "--catalog", catalog, stdin=stdin)
    echoed = of_type(written, Type.STATE)
    assert [keyed(message.state) for message in echoed if message.state] == sorted(
        (keyed(message.state) for message in states if message.state), key=order_of(echoed)
    )


def keyed(state: AirbyteStateMessage) -> tuple[str, str]:
    """A state without what the destination adds to it."""
    assert state.stream is not None
    body = json.loads(state.model_dump_json(exclude_unset=True))
    body.pop("destinationStats", None)
    return state.stream.stream_descriptor.name, json.dumps(body, sort_keys=True)


def order_of(echoed: list[AirbyteMessage]):  # noqa: ANN201
    """States of one stream come back in order; those of different streams may overtake each other."""
    places = {keyed(message.state): at for at, message in enumerate(echoed) if message.state}
    return lambda key: places.get(key, -1)
