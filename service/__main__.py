"""python -m service: serve the champion under gunicorn."""

import os
import sys
from pathlib import Path

from gunicorn.app.wsgiapp import run

from model.errors import NumeralError
from model.registry import Registry
from model.settings import Settings


def main() -> int:
    """Serve until SIGTERM; a wrong setting is one sentence on standard error and exit code 1."""
    try:
        settings = Settings.from_environment(os.environ)
        Registry(settings.registry, settings.model)
    except NumeralError as error:
        print(f"python -m service: {error}", file=sys.stderr)
        return 1
    configuration = Path(__file__).with_name("gunicorn.conf.py")
    gunicorn = Path(sys.executable).with_name("gunicorn")  # SIGUSR2 starts it again
    sys.argv = [str(gunicorn), "--config", str(configuration), "service.app:from_environment()"]
    run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
