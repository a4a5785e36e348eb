"""X's own contract: its OpenAPI file in either vocabulary, as far as the two paths that are asked go."""

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

SEARCH, COUNTS = "/2/tweets/search/recent", "/2/tweets/counts/recent"
FILES = {"2.166": "x_openapi_2.166_2026-07-06.json", "2.167": "x_openapi_2.167_2026-08-22.json"}

ENOUGH = 100
"""Posts or buckets of one answer that are checked: seven days of minutes would take seconds."""


class Contract:
    """One version of X's OpenAPI file, for the two paths that are asked."""

    def __init__(self, file: Path) -> None:
        self._document = json.loads(file.read_text("utf-8"))

    def faults_of_request(self, path: str, query: dict[str, str]) -> list[str]:
        """Say which parameters the file does not know, or refuses the values of."""
        known = [self._resolved(one) for one in self._document["paths"][path]["get"]["parameters"]]
        schemas = {one["name"]: one["schema"] for one in known}
        faults = [f"{name} is no parameter" for name in query if name not in schemas]
        faults += [f"{one['name']} is missing" for one in known if one.get("required") and one["name"] not in query]
        for name in query.keys() & schemas.keys():
            kind = self._resolved(schemas[name]).get("type")
            value = (
                query[name].split(",") if kind == "array" else int(query[name]) if kind == "integer" else query[name]
            )
            faults += [f"{name}: {error.message[:80]}" for error in self._errors(schemas[name], value)]
        return faults

    def faults_of_answer(self, path: str, payload: Any) -> list[str]:
        """Say where an answer is not what the file says of success."""
        content = self._document["paths"][path]["get"]["responses"]["200"]["content"]
        schema = content["application/json"]["schema"]
        payload = payload | ({"data": payload["data"][:ENOUGH]} if "data" in payload else {})
        faults = [error.message[:120] for error in self._errors(schema, payload)]
        if path == SEARCH and (data := payload.get("data")):
            # The file demands no field, so a renamed one would pass: each must be a field it knows.
            of_one = self._resolved(self._resolved(self._resolved(schema)["properties"]["data"])["items"])
            faults += [f"{name} is no field" for one in data for name in one if name not in of_one["properties"]]
        return faults

    def _errors(self, schema: dict[str, Any], value: Any) -> Iterator[Any]:
        whole = schema | {"components": self._document["components"]}
        return jsonschema.Draft7Validator({"components": whole.pop("components"), "allOf": [whole]}).iter_errors(value)

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            found: Any = self._document
            for name in schema["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            schema = found
        return schema


@cache
def contract_of(version: str) -> Contract | None:
    """Open one version's file; None where the recorded data is not beside the checkout."""
    data = Path(os.environ.get("OUTAGE_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    file = data / "protocol" / "x" / FILES[version]
    return Contract(file) if file.exists() else None
