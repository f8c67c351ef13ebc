"""The standard tests of Airbyte's Python CDK, run against our executables."""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml
from airbyte_cdk.test import entrypoint_wrapper
from airbyte_cdk.test.standard_tests import DestinationTestSuiteBase, SourceTestSuiteBase
from workspace import DESTINATION, ROOT, SOURCE, Simulator, destination_config


class LocalExecutable:
    """Stands where the suite expects a Python connector; the executable does the work."""

    def spec(self, logger: object) -> None:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def run_the_executable(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    executable = request.cls.executable

    def spawn(source: object, args: list[str], *_: object, **__: object) -> entrypoint_wrapper.EntrypointOutput:
        done = subprocess.run([executable, *args], capture_output=True, text=True, timeout=300)
        assert done.stderr == ""
        crash = RuntimeError(f"exit code {done.returncode}") if done.returncode else None
        return entrypoint_wrapper.EntrypointOutput(done.stdout.splitlines(), crash)

    monkeypatch.setattr(entrypoint_wrapper, "_run_command", spawn)


def connector_root(name: str, good: dict[str, object], bad: dict[str, object], sections: list[str]) -> Path:
    """A connector folder in the form the suite looks for, with one good and one bad configuration."""
    folder = Path(tempfile.mkdtemp(prefix="standard-")) / name
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    folder.mkdir()
    for file, config in (("good.json", good), ("bad.json", bad)):
        (folder / file).write_text(json.dumps(config))
    metadata = ROOT / name / "metadata.yaml"
    (folder / "metadata.yaml").write_text(metadata.read_text())
    tests: dict[str, object] = {
        section: {"tests": [{"config_path": "good.json"}]} for section in sections if section != "connection"
    }
    tests["connection"] = {
        "tests": [{"config_path": "good.json", "status": "succeed"}, {"config_path": "bad.json", "status": "failed"}]
    }
    config = {"connector_image": f"{name}:dev", "acceptance_tests": tests}
    (folder / "acceptance-test-config.yml").write_text(yaml.safe_dump(config))
    return folder


# The suite collects its scenarios before any fixture runs, so this simulator starts with the module.
workspace = Simulator.start(Path(tempfile.mkdtemp(prefix="standard-")), "--seed", "standard", "--events", "1500")
atexit.register(workspace.stop)
archive = Path(tempfile.mkdtemp(prefix="standard-")) / "archive"

SOURCE_ROOT = connector_root(
    "source-chatgpt-enterprise",
    workspace.config,
    {**workspace.config, "api_key": "sk-admin-not-the-key"},
    ["spec", "discovery", "basic_read", "full_refresh", "connection"],
)
DESTINATION_ROOT = connector_root(
    "destination-arctera-archive",
    destination_config(archive),
    destination_config(Path("/proc/no-such-place")),
    ["spec", "connection"],
)


class TestSource(SourceTestSuiteBase):
    connector = LocalExecutable
    executable = SOURCE

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        return SOURCE_ROOT


class TestDestination(DestinationTestSuiteBase):
    connector = LocalExecutable
    executable = DESTINATION

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        return DESTINATION_ROOT
