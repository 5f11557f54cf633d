"""Choose the provider that the settings name."""

from ...config import Settings
from .port import Provider


def make_provider(settings: Settings) -> Provider | None:
    """Return Stripe if there is a key of it, else None. Makes no connection."""
    if settings.stripe_secret_key is None:
        return None
    # Stripe's library takes 0.13 s of CPU and 23 MB in each process: only those who have a key pay for it.
    from .stripe import StripeProvider

    return StripeProvider(settings.stripe_secret_key, settings.stripe_webhook_secret, settings.stripe_api_url)
