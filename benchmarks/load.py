"""Load by wrk (Debian: apt-get install wrk), bounded in time and sent to this machine only."""

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """
local tokens = {%(tokens)s}
local turn = 0
request = function()
  turn = turn %% #tokens + 1
  return wrk.format("%(method)s", "%(path)s", {
    ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. tokens[turn]
  }, %(body)s)
end
local threads = {}
setup = function(thread) table.insert(threads, thread) end
init = function() refused = 0 failed = 0 end
response = function(status)
  if status >= 500 then failed = failed + 1 elseif status >= 400 then refused = refused + 1 end
end
done = function(summary, latency)
  local refused, failed = 0, 0
  for _, thread in ipairs(threads) do
    refused = refused + thread:get("refused")
    failed = failed + thread:get("failed")
  end
  io.stderr:write(string.format(
    '{"requests": %%d, "microseconds": %%d, "p50": %%d, "p99": %%d, "refused": %%d, "failed": %%d, "dropped": %%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), refused, failed,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Result:
    """One round: successes a second, percentiles in milliseconds, and what did not succeed."""

    rate: float
    p50: float
    p99: float
    refused: int
    failed: int
    dropped: int


def run(url: str, method: str, path: str, *, tokens: list[str], body: dict | None, connections: int, seconds: int):
    """One round of load; a `Result`."""
    if shutil.which("wrk") is None:
        sys.exit("This benchmark needs wrk: apt-get install wrk")
    quoted = ", ".join(json.dumps(token) for token in tokens)
    text = "nil" if body is None else json.dumps(json.dumps(body))
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        Path(script.name).write_text(SCRIPT % {"tokens": quoted, "method": method, "path": path, "body": text})
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", script.name, url]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    said = json.loads(done.stderr)
    good = said["requests"] - said["refused"] - said["failed"]
    return Result(
        rate=good / said["microseconds"] * 1e6,
        p50=said["p50"] / 1000,
        p99=said["p99"] / 1000,
        refused=said["refused"],
        failed=said["failed"],
        dropped=said["dropped"],
    )
