"""The bot as it is installed, beside the whole playground."""

import pytest

pytest.register_assert_rewrite("tests.end_to_end.books")
