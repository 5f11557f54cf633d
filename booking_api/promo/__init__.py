"""Promo codes: what they take off a price, how often they may be used, and what an order would cost."""
