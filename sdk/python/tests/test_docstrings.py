"""What a model is told from a docstring; whole functions are in test_tools."""

from __future__ import annotations

import pytest

from aistrale._docstrings import read

GOOGLE = """Return the weather.

    It is the one of today.

    Args:
        city: Where, such as
            Paris.
        unit (str): "C" or "F".
        **more: Not told.

    Returns:
        dict: the weather.
    """

NUMPY = """
    Return the weather.

    It is the one of today.

    Parameters
    ----------
    city : str
        Where, such as
        Paris.
    unit, other
        "C" or "F".

    Returns
    -------
    dict
        the weather.
    """

SPHINX = """Return the weather.

    It is the one of today.

    :param city: Where, such as
        Paris.
    :param str unit: "C" or "F".
    :type unit: str
    :returns: the weather.
    """


@pytest.mark.parametrize("docstring", [GOOGLE, NUMPY, SPHINX], ids=["google", "numpy", "sphinx"])
def test_description_and_parameters(docstring: str) -> None:
    description, parameters = read(docstring)
    assert description == "Return the weather.\n\nIt is the one of today."
    assert parameters["city"] == "Where, such as Paris."
    assert parameters["unit"] == '"C" or "F".'
    assert "dict" not in parameters


@pytest.mark.parametrize(
    ("docstring", "description"),
    [
        (None, ""),
        ("", ""),
        ("One line.", "One line."),
        ("Note: it is slow.\nArgs are checked.", "Note: it is slow.\nArgs are checked."),
        ("Args:\nnone of them.", "Args:\nnone of them."),
        ("A.\n\nExample:\n    weather('Paris')\n\nB.", "A.\n\nB."),
    ],
)
def test_what_is_description(docstring: str | None, description: str) -> None:
    assert read(docstring) == (description, {})
