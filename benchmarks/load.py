"""Load by wrk (Debian: apt-get install wrk), bounded in time and sent to this machine only.

wrk is one thread of C; its requests are made before it starts, and its script only takes the next one and counts
the status of the answer. That costs it 25 microseconds of CPU a request on a machine where a bare Node server
answered 11,600 a second, for which it used 28 % of a core; the servers measured here need milliseconds a request. Its
share of a core is part of every `Result`, so that nobody has to believe that it was not the limit.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE_SECONDS = 20  # an answer that takes longer counts as dropped
SCRIPT = """
local calls = {%s}
local turn = 0
request = function()
  turn = turn %% #calls + 1
  return calls[turn]
end
local threads = {}
setup = function(thread) table.insert(threads, thread) end
statuses = {}
response = function(status)
  local name = tostring(status)
  statuses[name] = (statuses[name] or 0) + 1
end
done = function(summary, latency)
  local words = {}
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("statuses")) do
      table.insert(words, string.format('"%%s": %%d', status, count))
    end
  end
  io.stderr:write(string.format(
    '{"microseconds": %%d, "p50": %%d, "p99": %%d, "dropped": %%d, "statuses": {%%s}}',
    summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    table.concat(words, ", ")))
end
"""


@dataclass(frozen=True)
class Call:
    """One request, ready to be sent again and again."""

    method: str
    path: str
    token: str | None = None
    body: dict | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def text(self, host: str) -> str:
        """As HTTP/1.1 has it on the wire."""
        body = "" if self.body is None else json.dumps(self.body)
        headers = {"Host": host, **self.headers}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines) + "\r\n\r\n" + body


@dataclass(frozen=True)
class Result:
    """One round: answers as hoped for a second, percentiles in milliseconds, what else came, and wrk's own share.

    `refused` counts other answers below 500, `failed` those from 500 on, `dropped` what had no answer in time.
    `generator` is the part of one core that wrk used, `forwarder` that of the delay before mongod; `cpu` is the
    milliseconds of CPU that all processes of the server used for each answer, None where that is unknown.
    """

    rate: float
    p50: float
    p99: float
    refused: int
    failed: int
    dropped: int
    succeeded: int
    generator: float
    forwarder: float = 0
    cpu: float | None = None

    @property
    def answered(self) -> int:
        """Everything that the server answered."""
        return self.succeeded + self.refused + self.failed

    @property
    def errors(self) -> int:
        """Everything that was not as hoped for."""
        return self.refused + self.failed + self.dropped


def require_wrk() -> None:
    """End the benchmark with what to install, if there is no wrk."""
    if shutil.which("wrk") is None:
        sys.exit("This benchmark needs wrk (Debian: apt-get install wrk).")


def run(url: str, calls: Sequence[Call], *, expected: int, connections: int, seconds: int) -> Result:
    """One round of load, the calls in turn for as long as it lasts; `expected` is the status of success."""
    host = re.sub("^http://", "", url)
    texts = ",\n".join(json.dumps(call.text(host)) for call in calls)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        Path(script.name).write_text(SCRIPT % texts)
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{PATIENCE_SECONDS}s", "-s", script.name]
        before = os.times()
        done = subprocess.run(
            ["wrk", *options, url], capture_output=True, text=True, check=True, timeout=seconds + 3 * PATIENCE_SECONDS
        )
        after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return parse(done.stderr, expected=expected, generator_seconds=used)


def parse(said: str, *, expected: int, generator_seconds: float) -> Result:
    """What wrk's script said at its end, as a `Result`."""
    summary = json.loads(said)
    statuses = {int(status): count for status, count in summary["statuses"].items()}
    seconds = summary["microseconds"] / 1e6
    succeeded = statuses.pop(expected, 0)
    return Result(
        rate=succeeded / seconds,
        p50=summary["p50"] / 1000,
        p99=summary["p99"] / 1000,
        refused=sum(count for status, count in statuses.items() if status < 500),
        failed=sum(count for status, count in statuses.items() if status >= 500),
        dropped=summary["dropped"],
        succeeded=succeeded,
        generator=generator_seconds / seconds,
    )
