"""Three mongods as a replica set on loopback, whose members can be stepped down and killed; elections are quick."""

import contextlib
import subprocess

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from booking_api.development.mongod import find_mongod

from ..pids import eventually
from ..ports import free_port
from ..processes import stop_with_parent

NAME = "faults"
ELECTION_MILLISECONDS = 1000
CALM_ELECTION_MILLISECONDS = 120_000  # for a set that is to keep its primary, however long a busy machine stalls it
START_SECONDS = 60


class Member:
    """One mongod."""

    def __init__(self, folder):
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self._folder = folder
        folder.mkdir(parents=True)
        self.start()

    def start(self):
        """Start it, without waiting for anything."""
        self._process = subprocess.Popen(
            [
                find_mongod(), "--dbpath", self._folder, "--replSet", NAME, "--bind_ip", "127.0.0.1",
                "--port", str(self.port), "--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25",
                "--logpath", self._folder / "mongod.log", "--nounixsocket",
                "--setParameter", "transactionLifetimeLimitSeconds=3",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=stop_with_parent,  # noqa: PLW1509 (it calls the kernel and nothing else)
        )  # fmt: skip

    def kill(self):
        """SIGKILL it, if it runs."""
        self._process.kill()
        self._process.wait()

    def hello(self):
        """What it says of itself; nothing if it does not answer."""
        with (
            MongoClient(self.host, directConnection=True, timeoutMS=2000) as client,
            contextlib.suppress(PyMongoError),
        ):
            return client.admin.command("hello")
        return {}

    def command(self, *words, **options):
        """Give it a command."""
        with MongoClient(self.host, directConnection=True, timeoutMS=20_000) as client:
            return client.admin.command(*words, **options)


class ReplicaSet:
    """Three members, from the start of the block to its end."""

    def __init__(self, folder):
        self.members = [Member(folder / str(number)) for number in range(3)]

    def __enter__(self):
        try:
            first = self.members[0]
            eventually(first.hello, "the first member answers", START_SECONDS)
            for member in self.members[1:]:
                eventually(member.hello, "the members answer", START_SECONDS)
            rows = [{"_id": number, "host": member.host} for number, member in enumerate(self.members)]
            settings = {"electionTimeoutMillis": ELECTION_MILLISECONDS, "heartbeatIntervalMillis": 250}
            first.command("replSetInitiate", {"_id": NAME, "members": rows, "settings": settings})
            eventually(self.whole, "all members are there", START_SECONDS)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error):
        self.close()

    def uri(self, database):
        """The address of a database, for a client that finds the primary itself."""
        return f"mongodb://{','.join(member.host for member in self.members)}/{database}?replicaSet={NAME}"

    def primary(self):
        """The member that takes writes; None while there is none."""
        return next((member for member in self.members if member.hello().get("isWritablePrimary")), None)

    def keep_the_primary(self):
        """Elect no other one because the present one is not heard of for a while."""
        primary = eventually(self.primary, "there is a primary", START_SECONDS)
        config = primary.command("replSetGetConfig")["config"]
        config["version"] += 1
        config["settings"]["electionTimeoutMillis"] = CALM_ELECTION_MILLISECONDS
        config["settings"]["heartbeatTimeoutSecs"] = CALM_ELECTION_MILLISECONDS // 1000
        primary.command("replSetReconfig", config)
        eventually(self.whole, "all members are there", START_SECONDS)

    def whole(self):
        """Whether one member is the primary and the others follow it."""
        states = [member.hello() for member in self.members]
        roles = [sum(bool(state.get(role)) for state in states) for role in ("isWritablePrimary", "secondary")]
        return roles == [1, 2]

    def close(self):
        """End it all."""
        for member in self.members:
            member.kill()
