"""The handlers of the jobs that webhooks owe."""

from dataclasses import dataclass

from ..core import Core
from ..events.wiring import Events
from .agenda import Agenda
from .catch_up import CatchUp
from .deliverer import Deliverer
from .follower import Follower
from .forgetting import Forgetting
from .postman import Postman
from .receivers import Receivers
from .signing_keys import SigningKeys
from .stores import Stores


@dataclass(frozen=True)
class Jobs:
    """The handlers."""

    follower: Follower
    catch_up: CatchUp
    forgetting: Forgetting
    deliverer: Deliverer


def build(core: Core, events: Events, stores: Stores, agenda: Agenda, keys: SigningKeys, receivers: Receivers) -> Jobs:
    """Build the handlers."""
    webhooks, cursors, deliveries = stores.webhooks, stores.cursors, stores.deliveries
    changes, transactions, clock = events.changes, core.transactions, core.clock
    follower = Follower(webhooks, cursors, deliveries, changes, agenda, transactions, clock)
    postman = Postman(receivers, clock)
    return Jobs(
        follower,
        CatchUp(webhooks, cursors, changes, events.reader, follower, agenda, clock),
        Forgetting(cursors, deliveries, core.outbox, transactions),
        Deliverer(webhooks, deliveries, keys, postman, agenda, core.outbox, transactions, clock, core.jobs.is_stopping),
    )
