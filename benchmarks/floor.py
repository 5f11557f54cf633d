"""The floor: what Flask and gunicorn cost alone. One route, nothing before or after it, no log of its own."""

from flask import Flask

app = Flask(__name__)


@app.get("/healthz")
def alive() -> dict:
    """The same answer as that of the service."""
    return {"status": "ok"}
