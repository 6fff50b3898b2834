"""A new champion is taken up under load, without a failed request and without a mixed answer."""

from server import wait_for

VERSIONS = 21


def test_twenty_changes_of_champion_under_load(serve, registry, make_document, tmp_path, load):
    digests = {
        version: registry.publish(make_document(favourite=version % 10), "for a test").sha256
        for version in range(1, VERSIONS + 1)
    }
    registry.point("champion", 1, "for a test")
    server = serve(tmp_path / "registry", workers=2)
    with load(server) as clients:
        for version in digests:
            registry.point("champion", version, "for a test")
            wait_for(lambda version=version: named(clients.answers[-20:], version))
    assert clients.errors == []
    assert {answer.status_code for answer in clients.answers} == {200}
    said = [answer.json() for answer in clients.answers]
    assert {answer["model"]["version"] for answer in said} == set(digests)
    for answer in said:
        version = answer["model"]["version"]
        assert (answer["predictions"], answer["model"]["sha256"]) == ([version % 10], digests[version])


def named(answers, version: int) -> bool:
    """Whether a version is the one that answered lately."""
    return any(answer.ok and answer.json()["model"]["version"] == version for answer in answers)
