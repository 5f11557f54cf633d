"""The WSGI entry point: `gunicorn wsgi:app`, or `flask --app wsgi run` on one's own machine."""

from booking_api.server.preparing import make_serving_app

app = make_serving_app()
