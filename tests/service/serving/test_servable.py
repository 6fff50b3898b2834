"""What is served: one forward pass a batch, and a champion that outlives whatever happens to the registry."""

import hashlib
import json
import shutil
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from model.document.document import Input
from model.network.network import Network
from service.serving.servable import Champion, Served


@pytest.fixture
def champion(registry) -> Champion:
    return Champion(registry)


@pytest.fixture
def model_folder(tmp_path):
    return tmp_path / "registry" / "mnist"


@pytest.fixture
def served(make_document, registry) -> Served:
    return Served(*registry.load(registry.publish(make_document(), "for a test").version))


def measured(metric: str) -> float:
    return REGISTRY.get_sample_value(metric)


class TestPrediction:
    """A batch is answered as one, and every row as if it were alone."""

    @pytest.mark.parametrize("rows", [1, 2, 1000])
    def test_a_batch_takes_one_matrix_product_a_layer(self, served, rows):
        products = []

        class Counted(np.ndarray):
            def __array_ufunc__(self, ufunc, method, *inputs, **options):
                products.append(ufunc)
                return getattr(ufunc, method)(*(np.asarray(value) for value in inputs), **options)

        W = served.document.network.parameters.W
        W[:] = [layer.view(Counted) for layer in W]
        served.predict(np.zeros((rows, 784), np.float32))
        assert products == [np.matmul, np.matmul]

    def test_probabilities_sum_to_one_and_are_highest_at_the_prediction(self, served, rng):
        answer = served.predict(rng.random((50, 784), np.float32))
        assert answer.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
        assert np.array_equal(answer.predictions, answer.probabilities.argmax(axis=1))

    def test_a_row_is_answered_the_same_in_any_company(self, served):
        @settings(deadline=None, max_examples=50)
        @given(seed=st.integers(0, 2**32), company=st.integers(0, 40), place=st.integers(0, 40))
        def holds(seed, company, place):
            pixels = np.random.default_rng(seed).integers(0, 256, (company + 1, 784))
            rows = (pixels / 255).astype(np.float32)
            index = place % len(rows)
            together, alone = served.predict(rows), served.predict(rows[index : index + 1])
            assert together.predictions[index] == alone.predictions[0]
            assert together.probabilities[index] == pytest.approx(alone.probabilities[0], abs=1e-6)

        holds()

    @pytest.mark.parametrize(("bias", "predicted", "probability"), [(3, 1, 0.9526), (-3, 0, 0.0474)])
    def test_a_single_unit_tells_two_classes_apart(
        self, make_document, registry, bias, predicted, probability
    ):
        network = Network.build((4, 1), ("sigmoid",), "bernoulli_cross_entropy")
        network.parameters.b[0][...] = bias
        document = make_document(network=network, classes=("no", "yes"), input=Input((2, 2)))
        served = Served(*registry.load(registry.publish(document, "for a test").version))
        answer = served.predict(np.zeros((1, 4), np.float32))
        assert answer.predictions == [predicted]
        assert answer.probabilities[0] == pytest.approx([1 - probability, probability], abs=1e-4)


class TestTakingUp:
    """What the registry calls champion is served at the next look."""

    def test_there_is_nothing_before_a_first_version(self, champion):
        champion.refresh()
        assert champion.current is None
        assert "no alias 'champion'" in champion.failure

    def test_an_empty_registry_is_no_failed_reload(self, champion):
        before = measured("numeral_reload_failures_total")
        champion.refresh()
        assert measured("numeral_reload_failures_total") == before

    def test_the_first_version_is_taken_up(self, champion, publish):
        champion.refresh()
        manifest = publish()
        champion.refresh()
        assert (champion.current.manifest, champion.failure) == (manifest, None)

    def test_a_new_champion_is_taken_up(self, champion, publish):
        publish()
        champion.refresh()
        manifest = publish(favourite=3)
        champion.refresh()
        assert champion.current.manifest == manifest

    def test_what_is_served_already_is_not_loaded_again(self, champion, publish):
        publish()
        champion.refresh()
        current = champion.current
        champion.refresh()
        assert champion.current is current

    def test_the_same_number_with_other_bytes_is_taken_up(self, champion, publish, model_folder):
        first = publish(favourite=1)
        champion.refresh()
        shutil.rmtree(model_folder)
        second = publish(favourite=2)
        champion.refresh()
        assert (first.version, champion.current.manifest) == (second.version, second)

    def test_the_version_is_a_metric(self, champion, publish):
        publish(), publish(), champion.refresh()
        assert measured("numeral_served_version") == 2

    def test_a_version_has_answered_once_before_it_is_served(self, champion, publish, monkeypatch):
        asked = []
        forward = Network.forward
        monkeypatch.setattr(
            Network, "forward", lambda self, X: asked.append(champion.current) or forward(self, X)
        )
        publish(), champion.refresh()
        assert set(asked) == {None}

    def test_a_version_taken_up_is_counted(self, champion, publish):
        before = measured("numeral_reloads_total")
        publish()
        champion.refresh(), champion.refresh()
        assert measured("numeral_reloads_total") == before + 1

    def test_notes_in_the_document_are_warnings_in_the_log(self, champion, publish, caplog):
        publish(lineage={"notes": ["trained on digits, not on mnist"]})
        champion.refresh()
        warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        assert warnings == ["mnist version 1: trained on digits, not on mnist"]


def truncate_document(folder):
    path = folder / "versions" / "2" / "model.json"
    path.write_bytes(path.read_bytes()[:1000])


def write_signed(folder, **changes):
    """Another document under the same version, with a manifest that fits it."""
    version = folder / "versions" / "2"
    raw = json.dumps(json.loads((version / "model.json").read_bytes()) | changes).encode()
    manifest = json.loads((version / "manifest.json").read_bytes())
    manifest |= {"sha256": hashlib.sha256(raw).hexdigest(), "size": len(raw)}
    (version / "model.json").write_bytes(raw)
    (version / "manifest.json").write_text(json.dumps(manifest))


DAMAGES = {
    "damaged document": (truncate_document, "expected sha256"),
    "unknown format_version": (lambda folder: write_signed(folder, format_version=2), "format_version"),
    "missing version": (lambda folder: (folder / "aliases.json").write_text('{"champion": 9}'), "version 9"),
    "cut manifest": (lambda folder: (folder / "versions/2/manifest.json").write_text("{"), "manifest"),
    "cut aliases": (lambda folder: (folder / "aliases.json").write_text('{"champ'), "aliases.json"),
    "aliases of another kind": (lambda folder: (folder / "aliases.json").write_text("[2]"), "aliases.json"),
    "no alias": (lambda folder: (folder / "aliases.json").write_text("{}"), "no alias 'champion'"),
    "no registry": (shutil.rmtree, "no alias 'champion'"),
}


@pytest.fixture(params=DAMAGES)
def damage(request):
    return DAMAGES[request.param]


class TestDamage:
    """Whatever happens to the registry, what is served goes on being served, and says so."""

    @pytest.fixture
    def hurt(self, champion, publish, model_folder, damage) -> Champion:
        """Version 1 is served; version 2 was to follow, when something happened to it."""
        publish()
        champion.refresh()
        publish()
        damage[0](model_folder)
        champion.refresh()
        return champion

    def test_the_old_version_goes_on(self, hurt):
        assert hurt.current.manifest.version == 1

    def test_a_sentence_says_why(self, hurt, damage):
        assert damage[1] in hurt.failure

    def test_a_gauge_tells_it(self, hurt):  # noqa: ARG002
        assert measured("numeral_reload_failing") == 1

    def test_every_look_is_counted(self, hurt):
        before = measured("numeral_reload_failures_total")
        hurt.refresh(), hurt.refresh()
        assert measured("numeral_reload_failures_total") == before + 2

    def test_the_log_has_it_once(self, hurt, caplog):
        hurt.refresh(), hurt.refresh()
        errors = [record.getMessage() for record in caplog.get_records("setup") + caplog.records]
        assert errors == [f"the champion cannot be taken up: {hurt.failure}"]

    def test_recovery_is_complete(self, hurt, publish, model_folder):
        shutil.rmtree(model_folder, ignore_errors=True)
        manifest = publish(favourite=4)
        hurt.refresh()
        assert (hurt.current.manifest, hurt.failure) == (manifest, None)
        assert measured("numeral_reload_failing") == 0


@pytest.mark.parametrize(
    ("error", "failure"),
    [(OSError("disk on fire"), "disk on fire"), (MemoryError(), "MemoryError")],
    ids=type,
)
def test_the_old_version_goes_on_whatever_the_system_says(champion, publish, monkeypatch, error, failure):
    publish(), champion.refresh(), publish()
    monkeypatch.setattr(champion._registry, "load", Mock(side_effect=error))
    champion.refresh()
    assert (champion.current.manifest.version, champion.failure) == (1, failure)


class TestWatch:
    """The registry is looked at again and again, whatever becomes of a look."""

    @pytest.fixture
    def timers(self, monkeypatch):
        """The timers that were set, and never go off by themselves."""
        timers = []

        def timer(seconds, look):
            timers.append(SimpleNamespace(seconds=seconds, look=look, start=Mock()))
            return timers[-1]

        monkeypatch.setattr("service.serving.servable.threading", SimpleNamespace(Timer=timer))
        return timers

    def test_a_look_takes_up_the_champion(self, champion, publish, timers):
        champion.watch(5)
        publish()
        timers[0].look()
        assert champion.current.manifest.version == 1

    def test_a_look_is_followed_by_another(self, champion, timers):
        champion.watch(5)
        timers[0].look()
        assert [(timer.seconds, timer.start.call_count) for timer in timers] == [(5, 1), (5, 1)]

    def test_even_a_bug_is_followed_by_another_look(self, champion, timers, monkeypatch):
        monkeypatch.setattr(champion, "refresh", Mock(side_effect=KeyError("a bug")))
        champion.watch(5)
        with pytest.raises(KeyError):
            timers[0].look()
        assert [timer.start.call_count for timer in timers] == [1, 1]

    def test_where_no_thread_is_to_be_had_a_look_follows_later(self, champion, timers, monkeypatch):
        champion.watch(5)
        timers[0].look()
        waits = Mock()
        monkeypatch.setattr("service.serving.servable.time", SimpleNamespace(sleep=waits))
        failures = iter([RuntimeError("can't start new thread")] * 2)

        def timer(seconds, look):
            timers.append(
                SimpleNamespace(seconds=seconds, look=look, start=Mock(side_effect=next(failures, None)))
            )
            return timers[-1]

        monkeypatch.setattr("service.serving.servable.threading", SimpleNamespace(Timer=timer))
        timers[1].look()
        assert [timer.start.call_count for timer in timers[2:]] == [1, 1, 1]
        assert waits.call_count == 2
