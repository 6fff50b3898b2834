"""Parent death: a process ends when the one that started it does, whatever ends that one."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # of linux/prctl.h


def end_with(parent: int) -> None:
    """Have the system kill this process when its parent ends. Linux alone does; elsewhere nothing happens.

    Args:
        parent: its process id; if it has ended by now, this process does, too.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
