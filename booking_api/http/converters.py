"""Converters for parts of URL paths."""

from bson import ObjectId
from werkzeug.routing import BaseConverter


class SecretConverter(BaseConverter):
    """Part of a path that opens something to whoever has it; the access log shows the route in place of the path."""

    regex = "[^/]{1,200}"


class ObjectIdConverter(BaseConverter):
    """Ids in paths. A malformed one matches no route, so the answer is 404."""

    regex = "[0-9a-f]{24}"

    def to_python(self, value: str) -> ObjectId:
        """Return the id as the database has it."""
        return ObjectId(value)

    def to_url(self, value: ObjectId) -> str:
        """Return the id as the contract writes it."""
        return str(value)
