"""Which commands a client sends to MongoDB."""

from pymongo.monitoring import CommandListener


class Counting(CommandListener):
    """Notes commands: their names, and what they are about."""

    def __init__(self):
        self.seen = []

    def started(self, event):
        """Note it."""
        self.seen.append((event.command_name, event.command.get(event.command_name)))

    def succeeded(self, _event):
        """Nothing."""

    def failed(self, _event):
        """Nothing."""

    def commands_on(self, collection):
        """The names of those on one collection, in order."""
        return [name for name, what in self.seen if what == collection]
