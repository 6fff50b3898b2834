"""Memory: a block that was freed is there for the next request, without the system's help."""

import subprocess
import sys

import pytest

PAGES = 4096  # of two blocks of 8 MiB
FAULTS = """
import resource, sys
from service.worker.malloc import keep_freed_blocks
if sys.argv[1] == "keep":
    assert keep_freed_blocks()
for turn in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    first, second = bytearray(1 << 23), bytearray(1 << 23)
    del first, second
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="faults are counted as Linux does")
@pytest.mark.parametrize(
    ("how", "least", "most"), [("keep", 0, PAGES // 10), ("as it is", PAGES // 2, 2 * PAGES)]
)
def test_a_block_that_is_kept_costs_no_faults(how, least, most):
    command = [sys.executable, "-c", FAULTS, how]
    faults = int(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout)
    assert least <= faults <= most
