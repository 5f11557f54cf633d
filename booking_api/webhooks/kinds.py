"""The jobs of webhooks, by the names that are stored with them, and the queues in which they wait."""

from ..jobs.queues import Queue

FOLLOW = "webhooks.follow"
CATCH_UP = "webhooks.catch_up"
FORGET = "webhooks.forget"
DELIVER = "webhooks.deliver"
DELIVER_SLOWLY = "webhooks.deliver_slowly"

FOLLOWING = Queue("following", threads=2)  # jobs that need only MongoDB
# Jobs that wait for a receiver, one for each webhook. Who was slow lately waits for others that are.
RECEIVERS = Queue("receivers", threads=8, one_by_one=True)
SLOW_RECEIVERS = Queue("slow-receivers", threads=4, one_by_one=True)
