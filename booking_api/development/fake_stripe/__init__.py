"""A fake of Stripe, to test with and to try payments out: the part of its API that this service uses, over HTTP.

It behaves as https://docs.stripe.com/api says, and then worse: told to, it loses answers, fails, and sends its messages
late, twice, in the wrong order or never. It knows nothing of the rest of this service.
"""

from .fake import FakeStripe

__all__ = ["FakeStripe"]
