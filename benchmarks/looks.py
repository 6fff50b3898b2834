"""Looks at health and metrics ten times a second, as probes do, until something comes on standard input."""

import select
import sys
import time
from itertools import cycle
from urllib.request import urlopen


def main(port: int) -> None:
    """Print the milliseconds of each."""
    for path in cycle(("healthz", "metrics")):
        start = time.perf_counter()
        with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=30) as answer:
            answer.read()
        print((time.perf_counter() - start) * 1000)
        if select.select([sys.stdin], [], [], 0.1)[0]:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
