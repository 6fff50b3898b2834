import jsonschema
import pytest

from pipeline.data.sources import NAMES
from pipeline.training.recipes import RECIPES


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    """That of the flow's parameters, which Prefect's pages show and its server holds runs to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        from pipeline.flow import retrain

        return retrain.parameters.model_dump_for_openapi()


def is_taken(schema, **parameters):
    return jsonschema.Draft202012Validator(schema).is_valid(parameters)


def offered(schema, parameter):
    """The values that a page can offer."""
    return [value for each in schema["properties"][parameter]["anyOf"] for value in each.get("enum", [])]


def test_every_recipe_is_offered_and_no_other_is_taken(schema):
    assert offered(schema, "recipe") == list(RECIPES)
    assert all(is_taken(schema, recipe=name) for name in [*RECIPES, None])
    assert not is_taken(schema, recipe="nonsense")


def test_every_data_set_is_offered_and_no_other_is_taken(schema):
    assert offered(schema, "dataset") == [name for name in NAMES if ":" not in name]
    assert all(is_taken(schema, dataset=name) for name in NAMES)
    assert not any(is_taken(schema, dataset=name) for name in ("csv", "csv:", "xls:FILE", "", 5))


def test_a_seed_is_a_whole_number(schema):
    assert all(is_taken(schema, seed=seed) for seed in (0, 2**63 - 1, None))
    assert not any(is_taken(schema, seed=seed) for seed in (-1, 2**63, 0.5, "1"))
