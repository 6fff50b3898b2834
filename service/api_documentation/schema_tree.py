"""Shapes: a JSON Schema becomes words and a tree, for people to read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import getitem
from typing import Any

import orjson

Schema = Mapping[str, Any]

WORDS = {"integer": "whole number", "binary": "file", "date-time": "date and time"}
ANYTHING, AGAIN, FORMS = "anything", "the same again", "one of these forms"
UNCOUNTED = (AGAIN, FORMS, "null")
LIMITS = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "to {}",
    "minLength": "not empty",
    "minItems": "at least {} of them",
    "pattern": "like {}",
    "default": "{} unless given",
}


@dataclass(frozen=True)
class Shape:
    """A part of what is sent or answered.

    Attributes:
        name: in the object that it is a part of; empty where it is the whole, or one of several forms.
        kind: in words, such as `list of numbers`.
        note: what else holds, and what it means.
        required: whether it must be there.
        parts: of an object, or of the objects in a list; or the forms that it may have.
    """

    name: str
    kind: str
    note: str = ""
    required: bool = True
    parts: tuple["Shape", ...] = ()


class Shapes:
    """The shapes in an OpenAPI document, which references point into."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a part of the document says, or what its reference points to does."""
        while "$ref" in node:
            keys = node["$ref"].removeprefix("#/").split("/")
            node = reduce(getitem, keys, self._document)
        return node

    def of(self, schema: Schema, name: str = "", within: tuple[str, ...] = ()) -> Shape:
        """The shape of a schema; `within` are the references that led to it, which may lead back."""
        if reference := schema.get("$ref"):
            if reference in within:
                return Shape(name, AGAIN)
            return self.of(self.resolved(schema), name, (*within, reference))
        if len(schema.get("allOf", ())) == 1:
            return self.of(schema["allOf"][0], name, within)
        if schema.get("type") == "array":
            return self._list(schema, name, within)
        alternatives = schema.get("oneOf", schema.get("anyOf", ()))
        if forms := [form for form in alternatives if form.keys() != {"required"}]:
            return self._forms(schema, forms, name, within)
        return Shape(name, _kind(schema), _note(schema), parts=self._members(schema, within))

    def _list(self, schema: Schema, name: str, within: tuple[str, ...]) -> Shape:
        item = self.of(schema.get("items", {}), "", within)
        note = " ".join(filter(None, [_note(schema), item.note and f"Each: {_lower(item.note)}"]))
        kind = "list" if item.kind == ANYTHING else f"list of {_plural(item.kind)}"
        return Shape(name, kind, note, parts=item.parts)

    def _forms(self, schema: Schema, forms: list[Schema], name: str, within: tuple[str, ...]) -> Shape:
        shapes = tuple(self.of(form, "", within) for form in forms)
        if any(shape.parts or shape.note for shape in shapes):
            return Shape(name, FORMS, _note(schema), parts=shapes)
        return Shape(name, " or ".join(shape.kind for shape in shapes), _note(schema))

    def _members(self, schema: Schema, within: tuple[str, ...]) -> tuple[Shape, ...]:
        required = schema.get("required", ())
        members = [
            replace(self.of(member, name, within), required=name in required)
            for name, member in schema.get("properties", {}).items()
        ]
        if isinstance(others := schema.get("additionalProperties"), Mapping):
            members.append(replace(self.of(others, "any name", within), required=False))
        return tuple(members)


def _kind(schema: Schema) -> str:
    if "const" in schema:
        return _value(schema["const"])
    if "enum" in schema:
        return " or ".join(map(_value, schema["enum"]))
    if "format" in schema:
        return WORDS.get(str(schema["format"]), "string")
    kinds = schema.get("type", "object" if "properties" in schema else ANYTHING)
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(WORDS.get(kind, kind) for kind in kinds)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _plural(kind: str) -> str:
    if kind.startswith("list of "):
        return kind.replace("list", "lists", 1)
    return " or ".join(word if word in UNCOUNTED else f"{word}s" for word in kind.split(" or "))


def _note(schema: Schema) -> str:
    limits = [words.format(_value(schema[key])) for key, words in LIMITS.items() if key in schema]
    choice = [form["required"][0] for form in schema.get("oneOf", ()) if form.keys() == {"required"}]
    if choice:
        limits.append(f"exactly one of {', '.join(choice)}")
    limited = ", ".join(limits)
    said: str = schema.get("description", "")
    return f"{said} {limited[0].upper()}{limited[1:]}.".lstrip() if limited else said


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
