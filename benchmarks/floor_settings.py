"""gunicorn's settings for the floor: those of the service, without the hook that stops its jobs, for it has none."""

import runpy
from pathlib import Path

_SETTINGS = runpy.run_path(str(Path(__file__).resolve().parent.parent / "gunicorn.conf.py"))
globals().update({name: value for name, value in _SETTINGS.items() if name != "worker_exit"})
