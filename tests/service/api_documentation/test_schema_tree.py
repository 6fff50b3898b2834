"""Schemas in words."""

import pytest

from service.api_documentation.schema_tree import Shape, Shapes

SCHEMAS = {
    "Point": {"type": "object", "required": ["x"], "properties": {"x": {"type": "number"}, "y": {}}},
    "Tree": {
        "oneOf": [{"type": "number"}, {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}]
    },
}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def shape(schema):
    return Shapes({"components": {"schemas": SCHEMAS}}).of(schema)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "integer"}, "whole number"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"type": "string", "format": "binary"}, "file"),
        ({"type": "string", "format": "date-time"}, "date and time"),
        ({"type": "string", "format": "uri"}, "string"),
        ({"const": True}, "true"),
        ({"const": 1}, "1"),
        ({"enum": ["a", "b", None]}, "a or b or null"),
        ({"properties": {"x": {}}}, "object"),
        ({}, "anything"),
        ({"type": "array"}, "list"),
        ({"type": "array", "items": {"type": "string"}}, "list of strings"),
        ({"type": "array", "items": {"type": ["integer", "null"]}}, "list of whole numbers or null"),
        ({"type": "array", "items": {"type": "array", "items": {}}}, "list of lists"),
        ({"allOf": [{"type": "boolean"}]}, "boolean"),
        ({"oneOf": [{"type": "string"}, {"type": "number"}]}, "string or number"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        (ref("Point"), "object"),
        (ref("Point/properties/x"), "number"),
    ],
    ids=str,
)  # fmt: skip
def test_a_kind_is_said_in_words(schema, kind):
    assert shape(schema).kind == kind


@pytest.mark.parametrize(
    ("schema", "note"),
    [
        ({"type": "number", "minimum": 0, "maximum": 1}, "From 0, to 1."),
        ({"type": "number", "default": 2, "description": "How many."}, "How many. 2 unless given."),
        ({"type": "array", "minItems": 1, "items": {"minimum": 0}}, "At least 1 of them. Each: from 0."),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, "Exactly one of a, b."),
        ({}, ""),
    ],
    ids=str,
)
def test_limits_and_meaning_are_a_note(schema, note):
    assert shape(schema).note == note


def test_an_object_has_its_members_and_says_which_may_be_left_out():
    x, y = shape(ref("Point")).parts
    assert (x, y) == (Shape("x", "number"), Shape("y", "anything", required=False))


def test_members_of_any_name_are_said():
    (other,) = shape({"type": "object", "additionalProperties": {"type": "string"}}).parts
    assert other == Shape("any name", "string", required=False)


def test_a_list_has_the_members_of_its_objects():
    assert shape({"type": "array", "items": ref("Point")}).parts == shape(ref("Point")).parts


def test_a_schema_that_holds_itself_ends():
    assert shape(ref("Tree")).kind == "number or list of the same again"


def test_forms_that_need_more_than_a_word_are_parts():
    either = shape({"oneOf": [ref("Point"), {"type": "null"}]})
    assert (either.kind, [part.kind for part in either.parts]) == ("one of these forms", ["object", "null"])
