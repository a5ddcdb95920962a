"""Labels keep out of each other's way, as near to their place as can be."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.charts.labels import Wish, rows, spread

wishes = st.lists(st.builds(Wish, st.floats(0, 1000), st.floats(1, 100)), max_size=8)


def test_labels_with_room_stand_where_they_want() -> None:
    assert spread([Wish(300, 40), Wish(100, 40)], 0, 400) == (300, 100)


def test_two_labels_at_one_place_share_it_evenly() -> None:
    assert spread([Wish(200, 40), Wish(200, 40)], 0, 400) == (180, 220)


@given(wishes)
def test_none_overlaps_and_all_stay_inside(given_wishes: list[Wish]) -> None:
    middles = spread(given_wishes, 0, 1000)
    spans = sorted(
        (middle - wish.size / 2, middle + wish.size / 2) for middle, wish in zip(middles, given_wishes, strict=True)
    )
    assert all(before[1] <= after[0] + 1e-6 for before, after in pairwise(spans))
    assert all(low >= -1e-6 and high <= 1000 + 1e-6 for low, high in spans)


@given(wishes)
def test_labels_in_one_row_never_overlap(given_wishes: list[Wish]) -> None:
    placed = [(row, wish) for row, wish in zip(rows(given_wishes, 2, 5), given_wishes, strict=True) if row is not None]
    for number, (row, wish) in enumerate(placed):
        for other_row, other in placed[:number]:
            assert row != other_row or abs(wish.middle - other.middle) >= (wish.size + other.size) / 2 + 5
    assert not given_wishes or rows(given_wishes, 2, 5)[-1] == 0
