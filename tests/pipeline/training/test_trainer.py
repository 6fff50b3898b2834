import pytest

from pipeline.training import trainer
from pipeline.training.trainer import cores_for


@pytest.mark.parametrize(
    ("cap", "units", "cores"), [("2", (784, 700, 10), 2), ("1", (784, 700, 10), 1), ("2", (4, 3, 2), 1)]
)
def test_a_large_network_is_trained_by_as_many_cores_as_the_setting_allows(cap, units, cores, monkeypatch):
    monkeypatch.setattr(trainer, "CORES", 4)
    monkeypatch.setattr("model.settings.CORES", 4)
    monkeypatch.setenv("NUMERAL_CORES", cap)
    assert cores_for(units, mini_batch=128) == cores
