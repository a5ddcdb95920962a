"""The families of errors: what a reader may conclude from each."""

import pytest

from bot import errors

EVERY = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]


@pytest.mark.parametrize("each", EVERY)
def test_every_error_is_ours_shows_its_sentence_and_belongs_to_one_family(each: type[errors.LeadsmanError]) -> None:
    assert issubclass(each, errors.LeadsmanError)
    assert str(each("Cluster prod: cannot list pods: refused. Look at it.")) == (
        "Cluster prod: cannot list pods: refused. Look at it."
    )
    assert not (issubclass(each, errors.PermanentError) and issubclass(each, errors.TemporaryError))


def test_a_temporary_error_names_no_delay_and_no_applied_write_unless_told() -> None:
    plain = errors.Unreachable("gone")
    assert (plain.delay, plain.maybe_applied) == (None, False)
    told = errors.ServerFailed("broken", delay=2.0, maybe_applied=True)
    assert (told.delay, told.maybe_applied) == (2.0, True)


def test_a_failed_precondition_is_neither_to_be_repeated_as_it_is_nor_beyond_hope() -> None:
    failed = errors.PreconditionFailed("changed")
    assert not isinstance(failed, errors.PermanentError | errors.TemporaryError)
