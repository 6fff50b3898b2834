"""The documentation for people: what openapi.json says, in the order and the words of a page."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from service.api_documentation.media_types import EXAMPLE
from service.api_documentation.openapi import JSON
from service.api_documentation.schema_tree import Shape, Shapes

FLAT = re.compile(r"\[\n((?:[^\[\]{}\n]+\n)+) *\]")  # a list in lines, of nothing that has parts
ROW = 28  # numbers on a line
ERROR = 400

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """A parameter, as a form asks for it.

    Attributes:
        name: of the parameter.
        place: path, query or header.
        kind: in words.
        note: what it means.
        value: what the example asks with; empty where it leaves it out.
        hint: a value that it may have.
        choices: all that it may have, where they are few.
        goes_with: the type of a body, where it means nothing beside others.
    """

    name: str
    place: str
    kind: str
    note: str
    value: str
    hint: str
    required: bool
    choices: tuple[str, ...]
    goes_with: str


@dataclass(frozen=True)
class Content:
    """A body of one type: its shape, and an example as text or as the address of a file."""

    mimetype: str
    shape: Shape
    text: str
    file: str


@dataclass(frozen=True)
class Answer:
    """What comes back: a status, its headers, and a body of one of some types."""

    status: str
    meaning: str
    headers: tuple[str, ...]
    contents: tuple[Content, ...]


@dataclass(frozen=True)
class Entry:
    """An operation."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    fields: tuple[Field, ...]
    bodies: tuple[Content, ...]
    answer: Answer
    errors: tuple[Answer, ...]


@dataclass(frozen=True)
class Group:
    """The operations of a tag."""

    id: str
    name: str
    description: str
    entries: tuple[Entry, ...]


def groups(document: Node, places: Mapping[str, str]) -> tuple[Group, ...]:
    """The operations of an OpenAPI document by their tags, in the order of these.

    Args:
        document: as `service.api_documentation.openapi.document` makes it.
        places: what stands in paths, by the names of parameters: the model that is served.
    """
    reader = _Reader(document, places)
    return tuple(
        Group(_slug(tag["name"]), tag["name"], tag["description"], tuple(reader.entries(tag["name"])))
        for tag in document["tags"]
    )


def laid_out(value: Any) -> str:
    """JSON for people: a list of numbers in rows, everything else a line each."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return FLAT.sub(lambda match: f"[{_rows(match[1])}]", text)


def _rows(lines: str) -> str:
    items = [line.strip(" ") for line in lines.rstrip("\n").split("\n")]
    return "\n".join(" ".join(items[start : start + ROW]) for start in range(0, len(items), ROW))


def _slug(text: str) -> str:
    return re.sub(r"\W+", "-", text.lower()).strip("-")


class _Reader:
    """An OpenAPI document, read."""

    def __init__(self, document: Node, places: Mapping[str, str]) -> None:
        self._document, self._places = document, places
        self._shapes = Shapes(document)

    def entries(self, tag: str) -> Iterator[Entry]:
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                if tag in operation["tags"]:
                    yield self._entry(path, method, operation)

    def _entry(self, path: str, method: str, operation: Node) -> Entry:
        answers = [self._answer(*response) for response in operation["responses"].items()]
        return Entry(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            summary=operation["summary"],
            description=operation.get("description", ""),
            fields=tuple(self._field(self._shapes.resolved(each)) for each in operation["parameters"]),
            bodies=self._contents(operation.get("requestBody", {})),
            answer=next(answer for answer in answers if int(answer.status) < ERROR),
            errors=tuple(answer for answer in answers if int(answer.status) >= ERROR),
        )

    def _field(self, parameter: Node) -> Field:
        shape, schema = self._shapes.of(parameter["schema"]), parameter["schema"]
        hint = str(parameter.get("example", ""))
        kind = "string" if "enum" in schema else shape.kind
        needed = parameter["required"] or "x-goes-with" in parameter
        return Field(
            name=parameter["name"],
            place=parameter["in"],
            kind=kind,
            note=" ".join(filter(None, [parameter["description"], shape.note])),
            value=self._places.get(parameter["name"], hint) if needed else "",
            hint=hint,
            required=parameter["required"],
            choices=tuple(map(str, schema.get("enum", ()))),
            goes_with=parameter.get("x-goes-with", ""),
        )

    def _answer(self, status: str, response: Node) -> Answer:
        response = self._shapes.resolved(response)
        return Answer(
            status, response["description"], tuple(response.get("headers", ())), self._contents(response)
        )

    def _contents(self, said: Node) -> tuple[Content, ...]:
        return tuple(self._content(*content) for content in said.get("content", {}).items())

    def _content(self, mimetype: str, content: Node) -> Content:
        schema = self._shapes.resolved(content["schema"])
        shape = self._shapes.of(content["schema"])
        if mimetype == JSON:
            example = content.get("example", schema.get("examples", [{}])[0])
            return Content(mimetype, shape, laid_out(example), "")
        return Content(mimetype, shape, "", content.get(EXAMPLE, ""))
