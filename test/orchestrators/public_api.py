"""A stand-in for Airbyte's public API whose routes and bodies are those of Airbyte's own SDK, which is generated from the
API's published description. Run with the Python that has the SDK; prints its address and the id of its workspace, and
writes each request that it took, with the body's model, to the file named on the command line.

A body passes when its model takes it and gives it back unchanged: what the description does not name is refused. The
settings of a connector are free, because no description knows those of a connector of one's own.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Optional
from urllib.parse import parse_qs, urlsplit

import pydantic
from airbyte_api import connections, destinationdefinitions, destinations, models, sourcedefinitions, sources

PREFIX = "/api/public/v1"
TOKEN = str(uuid.uuid4())
WORKSPACE = str(uuid.uuid4())
ROWS: dict[str, list[dict[str, Any]]] = {}
Settings = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """One operation of the SDK."""

    method: str
    pattern: re.Pattern[str]
    collection: str
    body: Optional[type[pydantic.BaseModel]]
    answer: type[pydantic.BaseModel]


def with_free_settings(model: type[pydantic.BaseModel]) -> type[pydantic.BaseModel]:
    if "configuration" not in model.model_fields:
        return model
    return pydantic.create_model(model.__name__, __base__=model, configuration=(Settings, ...))


def routes_of(module: Any) -> list[Route]:
    """Method, path, body and answer as the SDK sends and reads them."""
    found = []
    text = inspect.getsource(module)
    for operation in re.split(r"(?=req = self\._build_request\()", text)[1:]:
        method, path = re.search(r'method="(\w+)",\s+path="([^"]+)"', operation).groups()
        body = re.search(r'"json",\s+(?:Optional\[)?models\.(\w+)', operation)
        answer = re.search(r"unmarshal_json_response\(\s+Optional\[models\.(\w+)\]", operation)
        if answer is None:
            continue
        found.append(
            Route(
                method,
                re.compile(re.sub(r"\{\w+\}", "([^/]+)", path) + "$"),
                re.sub(r"/\{\w+\}$", "", path).replace("{workspaceId}", WORKSPACE),
                None if body is None else with_free_settings(getattr(models, body[1])),
                getattr(models, answer[1]),
            )
        )
    return found


MODULES = (connections, destinationdefinitions, destinations, sourcedefinitions, sources)
ROUTES = [route for module in MODULES for route in routes_of(module)]


def id_key(collection: str) -> str:
    return "id" if "definitions" in collection else f"{collection.strip('/').removesuffix('s')}Id"


def accepted(route: Route, body: Any) -> dict[str, Any]:
    """Raises ValueError for a body that the model does not take, or would not have sent so."""
    assert route.body is not None
    taken = route.body.model_validate(body).model_dump(by_alias=True, mode="json", exclude_unset=True)
    if taken != body:
        raise ValueError("names what the description does not know")
    return taken


def answered(model: type[pydantic.BaseModel], row: dict[str, Any]) -> dict[str, Any]:
    """The row as the answer's model writes it, with the secret masked and the schedule's zone added, as Airbyte does."""
    shown = dict(row)
    if "api_key" in shown.get("configuration", {}):
        shown["configuration"] = {**shown["configuration"], "api_key": "**********"}
    if "cronExpression" in shown.get("schedule", {}):
        shown["schedule"] = {**shown["schedule"], "cronExpression": f"{shown['schedule']['cronExpression']} UTC"}
    return with_free_settings(model).model_validate(shown).model_dump(by_alias=True, mode="json", exclude_unset=True)


def begun(collection: str, body: dict[str, Any]) -> dict[str, Any]:
    row = {**body, id_key(collection): str(uuid.uuid4())}
    if "definitions" in collection:
        return row
    row |= {"createdAt": int(time.time()), "workspaceId": body.get("workspaceId", WORKSPACE)}
    if collection == "/connections":
        return {"tags": [], **row}
    return {**row, f"{collection.strip('/').removesuffix('s')}Type": "custom"}


class Handler(BaseHTTPRequestHandler):
    def answer(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(text) if text else None
        address = urlsplit(self.path)
        status, value = self.handle_call(address.path.removeprefix(PREFIX), parse_qs(address.query), body)
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = answer

    def handle_call(self, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        if path == models.SchemeClientCredentials.model_fields["token_url"].default:
            return 200, {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 180}
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"title": "Unauthorized"}
        route = next((each for each in ROUTES if each.method == self.command and each.pattern.match(path)), None)
        if route is None:
            self.note("no such route", body)
            return 404, {"title": "Not found"}
        self.note(None if route.body is None else route.body.__name__, body)
        rows = ROWS.setdefault(route.collection, [])
        if self.command == "GET":
            offset, limit = (int(query.get(name, [default])[0]) for name, default in (("offset", "0"), ("limit", "20")))
            model = route.answer.model_fields["data"].annotation.__args__[0]
            page = rows if "definitions" in path else rows[offset : offset + limit]
            return 200, {"data": [answered(model, row) for row in page], "next": "", "previous": ""}
        try:
            taken = accepted(route, body)
        except ValueError as error:
            self.note("refused", str(error))
            return 400, {"title": "Bad request"}
        if self.command == "POST":
            rows.append(begun(route.collection, taken))
            return 200, answered(route.answer, rows[-1])
        row = next((each for each in rows if each[id_key(route.collection)] == path.rsplit("/", 1)[1]), None)
        if row is None:
            return 404, {"title": "Not found"}
        row.update(taken)
        return 200, answered(route.answer, row)

    def note(self, model: Optional[str], body: Any) -> None:
        with open(sys.argv[1], "a", encoding="utf-8") as file:
            line = {"method": self.command, "path": urlsplit(self.path).path, "model": model, "body": body}
            file.write(json.dumps(line) + "\n")

    def log_message(self, *_: Any) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = {"url": f"http://127.0.0.1:{server.server_port}{PREFIX}", "workspace_id": WORKSPACE, "routes": len(ROUTES)}
    print(json.dumps(told), flush=True)
    server.serve_forever()
