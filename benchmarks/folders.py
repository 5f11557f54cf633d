"""Where the benchmarks find the code, and where they keep what they install and the data of MongoDB."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "benchmarks"
