"""Every request ends within its time limit, whatever MongoDB does."""

from flask import Flask, g

from ..storage.deadline import limit


def register(app: Flask, seconds: float) -> None:
    """Bound what the requests of `app` may ask of MongoDB to so many seconds in all."""

    def begin() -> None:
        g.limit = limit(seconds)
        g.limit.__enter__()

    def end(_error: BaseException | None) -> None:
        if "limit" in g:
            g.pop("limit").__exit__(None, None, None)

    app.before_request(begin)
    app.teardown_request(end)
