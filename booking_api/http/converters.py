"""Converters of the parts of paths."""

from bson import ObjectId
from werkzeug.routing import BaseConverter


class ObjectIdConverter(BaseConverter):
    """Ids in paths. One that cannot exist matches no route, so it is a 404."""

    regex = "[0-9a-f]{24}"

    def to_python(self, value: str) -> ObjectId:
        """The id of the database."""
        return ObjectId(value)

    def to_url(self, value: ObjectId) -> str:
        """The id of the contract."""
        return str(value)
