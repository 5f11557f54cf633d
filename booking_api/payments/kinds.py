"""The kinds of jobs of payments, and their queue; the names are stored with jobs, so they stay as they are."""

from ..jobs.queues import Queue

PAYMENTS = Queue("payments", one_by_one=True)  # jobs that wait for who takes payments

OVERDUE, ABANDONED, FOLLOW = "payments.end_overdue", "payments.end_abandoned", "payments.follow_provider"
