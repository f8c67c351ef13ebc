"""The connectors' metadata against the schema of Airbyte's registry, as Airbyte publishes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import airbyte_connector_models.metadata.v0 as metadata
import jsonschema
import pytest
import yaml
from workspace import ROOT



def without_ids(schema: Any) -> Any:
    """The schema is bundled: its references start at its root, though its parts still carry the ids of their files."""
    if isinstance(schema, dict):
        return {key: without_ids(each) for key, each in schema.items() if key != "$id"}
    return [without_ids(each) for each in schema] if isinstance(schema, list) else schema


PUBLISHED = Path(metadata.__file__).parent / "ConnectorMetadataDefinitionV0.json"
SCHEMA = without_ids(json.loads(PUBLISHED.read_text()))
CONNECTORS = ("source-chatgpt-enterprise", "destination-arctera-archive")


def objections(document: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(document)]


def read(connector: str) -> dict[str, Any]:
    # As JSON has no dates, the schema wants them as text.
    return json.loads(json.dumps(yaml.safe_load((ROOT / connector / "metadata.yaml").read_text()), default=str))


@pytest.mark.parametrize("connector", CONNECTORS)
def test_the_schema_has_no_objection(connector: str) -> None:
    assert objections(read(connector)) == []


@pytest.mark.parametrize("connector", CONNECTORS)
@pytest.mark.parametrize(
    "change",
    [{"connectorType": "both"}, {"definitionId": "none"}, {"dockerImageTag": None}, {"nobodyKnowsThis": True}],
    ids=lambda change: next(iter(change)),
)
def test_the_schema_can_object(connector: str, change: dict[str, Any]) -> None:
    document = read(connector)
    document["data"] |= change
    assert objections(document) != []
