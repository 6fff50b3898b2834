import pytest

from model.registry.registry import CANDIDATE, CHAMPION
from pipeline.release.gate import Verdict
from pipeline.release.publish import publish


def test_a_version_that_passes_becomes_champion(registry, make_document):
    published = publish(registry, make_document(), Verdict(True, "good enough"))
    assert (published.version, published.alias) == (1, CHAMPION)
    assert registry.aliases() == {CHAMPION: 1}


def test_a_version_that_fails_becomes_candidate_with_the_reason_in_the_log(registry, make_document):
    publish(registry, make_document(), Verdict(True, "first"))
    published = publish(registry, make_document(), Verdict(False, "worse than the champion", champion=1))
    assert published.alias == CANDIDATE
    assert registry.aliases() == {CHAMPION: 1, CANDIDATE: 2}
    assert registry.log()[-1].why == "worse than the champion"


def test_a_champion_that_changed_meanwhile_is_not_replaced(registry, make_document):
    for _ in range(2):
        publish(registry, make_document(), Verdict(True, "good", registry.aliases().get(CHAMPION)))
    published = publish(registry, make_document(), Verdict(True, "better than version 1", champion=1))
    assert registry.aliases() == {CHAMPION: 2, CANDIDATE: 3}
    assert "the champion is version 2 by now, not 1" in published.reason


@pytest.mark.parametrize("promoted", [True, False])
def test_the_document_says_the_version_that_it_was_given(registry, make_document, promoted):
    published = publish(registry, make_document(), Verdict(promoted, "test"))
    assert registry.load(published.version)[0].version == published.version
