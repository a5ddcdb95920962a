"""Resource quantities: `1500m`, `2Gi`, and their one canonical spelling."""

import re
from fractions import Fraction

_SHAPE = re.compile(r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$")
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_EXPONENT = re.compile(r"^[eE]([-+]?[0-9]+)$")

RULE = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


class QuantityError(ValueError):
    """The text is no quantity."""


def _split(text: str) -> tuple[Fraction, str]:
    found = _SHAPE.match(text)
    if found is None:
        raise QuantityError(RULE)
    digits, suffix = found.groups()
    if digits.count(".") > 1 or not any(char.isdigit() for char in digits):
        raise QuantityError(RULE)
    if suffix not in _BINARY and suffix not in _DECIMAL and not _EXPONENT.match(suffix):
        raise QuantityError("unable to parse quantity's suffix")
    return Fraction(digits if digits[-1] != "." else digits[:-1]), suffix


def value_of(text: str) -> Fraction:
    """The exact number. Raises QuantityError."""
    number, suffix = _split(text)
    if suffix in _BINARY:
        return number * _BINARY[suffix]
    exponent = _EXPONENT.match(suffix)
    power = int(exponent.group(1)) if exponent else _DECIMAL[suffix]
    return number * Fraction(10) ** power


def canonical(text: str) -> str:
    """The spelling the server stores: no fraction, the largest suffix that fits. Raises QuantityError."""
    _, suffix = _split(text)
    value = value_of(text)
    if suffix in _BINARY and value.denominator == 1 and abs(value) >= 1024:
        return _binary(value.numerator)
    exponent = _EXPONENT.match(suffix)
    return _decimal(value, exponential=exponent is not None)


def _binary(number: int) -> str:
    for suffix, factor in reversed(_BINARY.items()):
        if number % factor == 0:
            return f"{number // factor}{suffix}"
    return str(number)


def _decimal(value: Fraction, *, exponential: bool) -> str:
    if value == 0:
        return "0"
    for suffix, power in reversed(_DECIMAL.items()):
        scaled = value / Fraction(10) ** power
        if scaled.denominator == 1:
            tail = (f"e{power}" if power else "") if exponential else suffix
            return f"{scaled.numerator}{tail}"
    nano = value * 10**9
    rounded = -(-nano.numerator // nano.denominator)
    return f"{rounded}n"
