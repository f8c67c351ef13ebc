"""The deployment script against a server whose routes and bodies are those of Airbyte's own SDK of its public API."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from workspace import ROOT

PYTHON = Path(os.environ["PUBLIC_API"]) / "python"
KEY = "sk-admin-never-shown"


@dataclass
class PublicApi:
    told: dict[str, Any]
    log: Path
    plan: Path

    def change(self, name: str, **settings: Any) -> None:
        plan = json.loads(self.plan.read_text())
        plan[name] |= settings
        self.plan.write_text(json.dumps(plan))

    def deploy(self, *switches: str) -> list[str]:
        run = subprocess.run(
            ["node", ROOT / "dist" / "deploy.js", "--file", self.plan, *switches],
            capture_output=True,
            text=True,
            env={
                "PATH": os.environ["PATH"],
                "CHATGPT_ADMIN_KEY": KEY,
                "AIRBYTE_CLIENT_ID": "id",
                "AIRBYTE_CLIENT_SECRET": "secret",
            },
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert KEY not in run.stdout + run.stderr
        return run.stdout.splitlines()

    def post(self, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        request = urllib.request.Request(self.told["url"] + path, json.dumps(body).encode(), headers, method="POST")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def changes(self) -> list[tuple[str, str]]:
        """Method and the model of the body of every request that changes something."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        assert all(line["model"] not in ("refused", "no such route") for line in lines), lines
        return [(line["method"], line["model"]) for line in lines if line["method"] != "GET"]


@pytest.fixture
def api(tmp_path: Path) -> Iterator[PublicApi]:
    log = tmp_path / "requests.jsonl"
    log.touch()
    server = Path(__file__).with_name("public_api.py")
    process = subprocess.Popen([PYTHON, server, log], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    plan = json.loads((ROOT / "deploy" / "example.json").read_text())
    plan["airbyte"] = {"url": told["url"], "workspace_id": told["workspace_id"]}
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan))
    yield PublicApi(told, log, file)
    process.terminate()
    process.wait(timeout=30)


def test_a_dry_run_tells_five_steps_and_takes_none(api: PublicApi) -> None:
    assert api.deploy("--dry-run")[-1] == "5 to do."
    assert api.changes() == []


def test_every_request_is_one_that_the_sdk_sends_with_the_body_that_it_sends(api: PublicApi) -> None:
    assert api.deploy()[-1] == "5 done."
    assert api.changes() == [
        ("POST", "CreateDefinitionRequest"),
        ("POST", "SourceCreateRequest"),
        ("POST", "CreateDefinitionRequest"),
        ("POST", "DestinationCreateRequest"),
        ("POST", "ConnectionCreateRequest"),
    ]


def test_run_again_it_changes_nothing(api: PublicApi) -> None:
    api.deploy()
    before = api.changes()
    assert api.deploy()[-1] == "Nothing to do."
    assert api.changes() == before


def test_changes_are_sent_as_the_sdk_sends_them(api: PublicApi) -> None:
    api.deploy()
    before = len(api.changes())
    api.change("source", tag="0.2.0")
    api.change("connection", cron="0 30 * * * ?", streams=["users", "messages"])
    assert api.deploy()[-1] == "2 done."
    assert api.changes()[before:] == [("PUT", "UpdateDefinitionRequest"), ("PATCH", "ConnectionPatchRequest")]


def test_a_setting_is_sent_with_the_name_of_its_connector(api: PublicApi) -> None:
    api.deploy()
    before = len(api.changes())
    plan = json.loads(api.plan.read_text())
    api.change("source", configuration={**plan["source"]["configuration"], "refresh_hours": 12})
    assert "(refresh_hours)" in "\n".join(api.deploy())
    assert api.changes()[before:] == [("PUT", "SourcePutRequest")]


@pytest.mark.parametrize(
    "change",
    [
        {"cron": "0 0 * * * ?"},
        {"schedule": {"scheduleType": "hourly"}},
        {"configurations": {"streams": [{"name": "messages", "mode": "incremental_append"}]}},
        {"sourceId": None},
    ],
    ids=["an unknown field", "an unknown value", "an unknown field deep within", "a missing id"],
)
def test_the_server_refuses_what_the_description_does_not_know(api: PublicApi, change: dict[str, Any]) -> None:
    token = api.post("/applications/token", {})["access_token"]
    body = {"sourceId": "1", "destinationId": "2", "name": "A connection"}
    with pytest.raises(urllib.error.HTTPError, match="400"):
        api.post("/connections", {**body, **change}, token)
