"""McNemar's test: whether one version gets more examples right than another, by more than chance."""


def mcnemar(gained: int, lost: int) -> float:
    """The chance of gaining so few of the examples on which two equally good versions differ."""
    differing = gained + lost
    ways = total = 1  # of choosing k of those that differ
    for k in range(gained):
        ways = ways * (differing - k) // (k + 1)
        total += ways
    return float(total / 2**differing)
