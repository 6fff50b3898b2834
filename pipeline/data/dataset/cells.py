"""Cells: texts of a table, which may be numbers, as messages show them."""

SHOWN = 40  # characters of a cell in a message


def is_number(text: str) -> bool:
    """Whether NumPy reads it: Python alone would read 1_000, and digits of every script."""
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text


def cut(text: str) -> str:
    """As much of a text as a message shows."""
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."
