"""How often somebody may ask for what costs a bcrypt or a mail, or tells whether a guess is right."""

from ..http.rate_limits import Limit

REGISTER = Limit("register", address="300/minute", pair="60/minute")
LOGIN = Limit("login", address="300/minute", pair="20/minute", subject="100/minute")
PASSWORD = Limit("password", subject="20/minute")
PASSWORD_RESET = Limit("password-reset", address="60/minute")
PASSWORD_RESET_CONFIRM = Limit("password-reset-confirm", address="60/minute")
VERIFY_EMAIL = Limit("verify-email", address="60/minute")
