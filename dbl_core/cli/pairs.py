"""Flags of the form ``KEY=VALUE``, as several commands take them."""


def pair(flag: str, text: str) -> tuple[str, str]:
    """Split the value of a flag into key and value.

    Raises:
        ValueError: There is no equals sign, or nothing before it.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ValueError(f"{flag} {text!r} is not KEY=VALUE; write for example {flag} mu=0.3")
    return key.strip(), value.strip()
