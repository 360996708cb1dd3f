"""Numbers in texts: no exponents where people write none."""

import pytest

from isacplan.report.numbers import counted, plain


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (100.0, 2, "100"),
        (99.97, 2, "100"),
        (4.2, 2, "4.2"),
        (0.0079, 2, "0.0079"),
        (0.0, 4, "0"),
        (2862.4, 4, "2862"),
        (12345.6, 4, "12346"),
        (1.26, 4, "1.26"),
        (3e-9, 2, "3e-09"),
        (float("inf"), 4, "inf"),
    ],
)
def test_plain_numbers(value, digits, words):
    assert plain(value, digits) == words


def test_nouns_are_counted():
    assert counted(1, "pilot symbol") == "1 pilot symbol"
    assert counted(3, "pilot symbol") == "3 pilot symbols"
