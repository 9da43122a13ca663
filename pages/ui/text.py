"""Names and sentences from outside, made safe for Streamlit's Markdown."""


def literal(text: object) -> str:
    """Escape what Markdown would read as markup (and HTML), so that a name is shown letter by letter."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>()#+!|$~:" else sign for sign in str(text))
