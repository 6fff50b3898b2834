import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.document.document import Input
from model.evaluation.metrics import measure
from model.registry.registry import CANDIDATE, CHAMPION
from pipeline.release.gate import Comparison, Floors, gate, judge
from pipeline.release.mcnemar import mcnemar
from pipeline.release.publish import publish
from pipeline.training.evaluate import Evaluation, evaluate

LABELS = np.zeros(100, int)
FLOORS = Floors(0.85, 0.5)


def answers(right_from: int, right_to: int = 100):
    """Right (class 0) for the examples in this range, wrong for the rest."""
    predicted = np.ones(100, int)
    predicted[right_from:right_to] = 0
    return predicted


@pytest.mark.parametrize(
    ("gained", "lost", "p"), [(0, 0, 1), (0, 1, 0.5), (1, 1, 0.75), (0, 5, 1 / 32), (1, 9, 11 / 1024)]
)
def test_mcnemar_is_the_exact_binomial_by_hand(gained, lost, p):
    assert mcnemar(gained, lost) == p


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_of_a_case_and_its_opposite_overlap_in_the_case_alone(gained, lost):
    """P(X <= g) + P(X <= l) = 1 + P(X = g), as X and n - X have the same distribution."""
    both = mcnemar(gained, lost) + mcnemar(lost, gained)
    assert 1 <= both <= 2
    assert mcnemar(gained, lost) <= mcnemar(gained + 1, lost)


def test_mcnemar_bears_many_differences():
    assert mcnemar(0, 5000) < 1e-300 < mcnemar(4900, 5100)


@pytest.mark.parametrize(
    ("challenger", "champion", "promoted"),
    [
        (answers(0, 90), None, True),
        (answers(0, 84), None, False),
        (answers(0, 90), answers(0, 90), True),
        (answers(0, 91), answers(0, 90), True),
        (answers(0, 96), answers(0, 100), True),  # 4 lost of 4: p = 1/16
        (answers(0, 95), answers(0, 100), False),  # 5 lost of 5: p = 1/32
        (answers(0, 84), answers(0, 10), False),
    ],
    ids=["first", "first-below-floor", "same", "better", "chance", "worse", "better-below-floor"],
)
def test_a_champion_reaches_the_floor_and_is_not_worse(challenger, champion, promoted):
    assert judged(challenger, compared(champion, challenger))[0] is promoted


def judged(predicted, comparison, labels=LABELS, floors=FLOORS):
    classes = int(max(predicted.max(), labels.max())) + 1
    metrics = measure(np.eye(classes)[:, predicted], predicted, labels, 0.0)
    return judge(metrics, [f"class-{number}" for number in range(classes)], comparison, floors)


def compared(champion, challenger):
    return None if champion is None else Comparison.of(1, champion == LABELS, challenger == LABELS)


def test_the_reason_gives_the_figures():
    challenger = answers(0, 90)
    _, reason = judged(challenger, compared(answers(5, 100), challenger))
    figures = "accuracy 90.00% (balanced 90.00%); against the champion 5 gained, 10 lost, McNemar p = 0.151"
    assert figures in reason


UNEVEN = np.array([0] * 590 + [1] * 10)


def test_who_knows_the_majority_alone_is_no_champion():
    promoted, reason = judged(np.zeros(600, int), None, UNEVEN)
    assert not promoted
    assert reason == (
        "accuracy 98.33% (balanced 50.00%), but the recall of class class-1, 0.00% (0 of 10), "
        "is below the floor of 50.00% (NUMERAL_GATE_RECALL_FLOOR)"
    )


@pytest.mark.parametrize(("found", "promoted"), [(4, False), (5, True), (10, True)])
def test_each_class_reaches_the_floor(found, promoted):
    predicted = UNEVEN.copy()
    predicted[590 + found :] = 0
    assert judged(predicted, None, UNEVEN)[0] is promoted
    assert judged(predicted, Comparison.of(1, UNEVEN == 0, predicted == UNEVEN), UNEVEN)[0] is promoted


def test_without_a_floor_the_reason_still_tells_the_balanced_accuracy():
    promoted, reason = judged(np.zeros(600, int), None, UNEVEN, Floors(0.85, 0.0))
    assert (promoted, reason) == (True, "accuracy 98.33% (balanced 50.00%); there was no champion")


def test_a_class_without_test_examples_is_not_asked_for():
    assert judged(np.zeros(9, int), None, np.zeros(9, int), Floors(0.85, 1.0))[0]
    predicted = np.array([0] * 9 + [2])
    assert judged(predicted, None, predicted, Floors(0.85, 1.0))[0], "there is no 1"


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=50))
def test_a_comparison_counts_every_example_once(pairs):
    champion, challenger = (np.array(side) for side in zip(*pairs, strict=True))
    found = Comparison.of(3, champion, challenger)
    cells = (found.both_right, found.gained, found.lost, found.both_wrong)
    expected = [(True, True), (False, True), (True, False), (False, False)]
    assert cells == tuple(pairs.count(pair) for pair in expected)
    assert found.p == mcnemar(found.gained, found.lost)


@pytest.fixture
def published(registry, make_document):
    """Publish a document as champion and return its network's evaluation on the digits."""

    def publish(**facts):
        version = registry.publish(make_document(**facts), "test").version
        registry.promote(version, "test", over=registry.aliases().get(CHAMPION))
        return version

    return publish


@pytest.fixture
def good(digits):
    """An evaluation that is right everywhere."""
    labels = digits.test.true_classes()
    return Evaluation(measure(np.eye(10)[:, labels], labels, labels, 0.0), labels, np.ones(len(labels)))


def test_without_a_champion_the_floor_decides(registry, digits, good):
    verdict = gate(registry, digits, good, FLOORS)
    assert (verdict.promoted, verdict.champion) == (True, None)


def test_the_champion_is_asked_the_same_examples(registry, digits, good, published, make_document):
    version = published(dataset={"name": "digits"})
    right = int(
        np.sum(evaluate(make_document().network, digits.test).predicted == digits.test.true_classes())
    )
    verdict = gate(registry, digits, good, FLOORS)
    assert verdict.champion == version
    assert f"{len(digits.test) - right} gained, 0 lost" in verdict.reason


def test_the_bundled_digits_never_replace_a_champion_of_mnist(registry, digits, good, published):
    version = published(dataset={"name": "mnist"})
    verdict = gate(registry, digits, good, FLOORS)
    assert (verdict.promoted, verdict.champion) == (False, version)
    assert "the champion was trained on mnist, this version on digits: " in verdict.reason
    assert "under a name of its own (NUMERAL_MODEL)" in verdict.reason


def test_a_champion_of_the_bundled_digits_may_be_replaced(registry, digits, good, published):
    published(dataset={"name": "digits"})
    assert gate(registry, dataclasses.replace(digits, name="mnist"), good, FLOORS).promoted


def test_a_champion_with_other_classes_is_not_replaced(registry, digits, good, published):
    published(dataset={"name": "digits"}, classes=tuple("abcdefghij"))
    assert "other inputs or classes" in gate(registry, digits, good, FLOORS).reason


def test_a_champion_that_takes_images_in_another_shape_is_not_replaced(registry, digits, good, published):
    published(dataset={"name": "digits"}, input=Input((784,)))
    assert "other inputs or classes" in gate(registry, digits, good, FLOORS).reason


@pytest.mark.parametrize("damage", ["changed", "gone", "no-file"])
def test_a_damaged_champion_is_not_replaced_and_hinders_nobody(
    registry, digits, good, published, make_document, tmp_path, damage
):
    version = published(dataset={"name": "digits"})
    folder = tmp_path / "registry/mnist/versions" / str(version)
    if damage == "changed":
        (folder / "model.json").write_bytes(b"{}")
    elif damage == "no-file":
        (folder / "model.json").unlink()
    else:
        folder.rename(tmp_path / "elsewhere")
    verdict = gate(registry, digits, good, FLOORS)
    assert (verdict.promoted, verdict.champion) == (False, version)
    assert "the champion cannot be compared with: " in verdict.reason
    released = publish(registry, make_document(), verdict)
    assert (released.alias, released.reason) == (CANDIDATE, verdict.reason)
    assert registry.aliases()[CHAMPION] == version


@pytest.mark.parametrize(("names", "is_compared"), [(("a", "b"), True), (("b", "a"), False), (None, True)])
def test_a_champion_of_other_columns_is_not_replaced(registry, digits, good, published, names, is_compared):
    pixels = [f"pixel{index}" for index in range(782)]
    taken = Input((28, 28), preprocessing="none", names=("a", "b", *pixels))
    published(dataset={"name": "digits"}, input=taken)
    asked = dataclasses.replace(taken, names=names and (*names, *pixels))
    verdict = gate(registry, dataclasses.replace(digits, input=asked), good, FLOORS)
    assert ("other inputs or classes" not in verdict.reason) == is_compared
