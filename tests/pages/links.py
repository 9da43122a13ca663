"""The copied link of a page that AppTest has opened, and what the page says about the link it came by."""

import json

from pages.ui import address


def link_of(app, part="parameters", label="Copy link"):
    """What the button copies beside the address: the parameters of the link, or what it ``needs``."""
    found = [json.loads(one.proto.json) for one in app.get("bidi_component")]
    return next(data[part] for data in found if data.get("label") == label)


def address_of(app):
    """Every parameter that the page shows, at its default or not."""
    own = {key: value for key, value in query_of(app).items() if key not in address.LINK_KEYS}
    return address.unpack(link_of(app)["d"]) | own


def query_of(app):
    """What stands in the address."""
    found = app.query_params.items()
    return {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in found}


def notes_of(app):
    """What the page could not follow of its link."""
    return [box.value.replace("\\", "") for box in app.info if "link" in box.value.lower()]
