"""Names, sentences and numbers as Streamlit's Markdown shows them."""


def literal(text: object) -> str:
    """Escape what Markdown would read as markup (and HTML), so that a name is shown letter by letter."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>()#+!|$~:" else sign for sign in str(text))


def four_digits(number: float) -> str:
    """Write a ratio: "193.8", "1.5", "1,093"."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


def brief(number: float) -> str:
    """Write a count that may be a fraction: "169", "4.2", "0.018"."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"
