"""Time ranges and spans, against sets of minutes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.values import NO_SPANS, Spans, TimeRange, epoch

BASE = datetime(2026, 11, 1, tzinfo=UTC)
# Short ones within few minutes, so that ends and starts often meet; some are empty or backwards.
pairs = st.tuples(st.integers(0, 20), st.integers(-1, 5)).map(lambda pair: (pair[0], max(0, sum(pair))))
many_pairs = st.lists(pairs, max_size=6)


def minutes(*several: tuple[int, int]) -> set[int]:
    """Every minute that half-open pairs cover."""
    return {minute for start, end in several for minute in range(start, end)}


def range_of(pair: tuple[int, int]) -> TimeRange:
    start, end = sorted(pair)
    return TimeRange(BASE + timedelta(minutes=start), BASE + timedelta(minutes=max(end, start + 1)))


@given(pairs.map(range_of), pairs.map(range_of))
def test_ranges_overlap_when_they_share_a_minute(one: TimeRange, other: TimeRange) -> None:
    """Two ranges overlap exactly when some minute is in both, whichever is asked."""
    shared = any(
        one.start <= (at := BASE + timedelta(minutes=minute)) < one.end and other.start <= at < other.end
        for minute in range(27)
    )
    assert one.overlaps(other) is other.overlaps(one) is shared


def test_ranges_that_touch_do_not_overlap() -> None:
    """A session may begin in the very minute another ends."""
    assert not range_of((0, 30)).overlaps(range_of((30, 60)))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 11, 1), datetime(2026, 11, 2)),  # noqa: DTZ001 - naive is the point
        (BASE.astimezone(ZoneInfo("Asia/Kolkata")), (BASE + timedelta(hours=1)).astimezone(ZoneInfo("Asia/Kolkata"))),
        (BASE, BASE),
        (BASE, BASE - timedelta(seconds=1)),
    ],
    ids=["naive", "not UTC", "empty", "backwards"],
)
def test_a_range_is_in_utc_and_not_empty(start: datetime, end: datetime) -> None:
    """A range that is naive, in another zone, empty or backwards is refused."""
    with pytest.raises(ValueError, match="a time range"):
        TimeRange(start, end)


def test_epoch_refuses_a_naive_time() -> None:
    """Seconds are never taken from a time whose zone is a guess."""
    with pytest.raises(ValueError, match="no time zone"):
        epoch(datetime(2026, 11, 1))  # noqa: DTZ001 - naive is the point


@given(many_pairs)
def test_spans_are_merged_and_sorted(several: list[tuple[int, int]]) -> None:
    """Merging covers the same minutes with intervals that are in order and do not even touch."""
    merged = list(Spans(several))
    assert minutes(*merged) == minutes(*several)
    assert all(start < end for start, end in merged)
    assert all(before[1] < after[0] for before, after in pairwise(merged))


@given(many_pairs, pairs.filter(lambda pair: pair[0] < pair[1]))
def test_spans_overlap_when_they_share_a_minute(several: list[tuple[int, int]], asked: tuple[int, int]) -> None:
    """Asking by bisection says the same as looking at every minute."""
    assert Spans(several).overlaps(*asked) is bool(minutes(*several) & minutes(asked))


def test_spans_that_touch_do_not_overlap() -> None:
    """A session right before or right after a busy time is free; one second into it is not."""
    spans = Spans([(1800, 3600)])
    assert not spans.overlaps(0, 1800)
    assert not spans.overlaps(3600, 5400)
    assert spans.overlaps(1, 1801)
    assert spans.overlaps(3599, 5399)


@given(many_pairs)
def test_packed_spans_come_back(several: list[tuple[int, int]]) -> None:
    """What is stored is what is read, and equal spans are stored alike whatever order they were given in."""
    spans = Spans(several)
    assert Spans.unpack(spans.packed()) == spans
    assert Spans(reversed(several)).packed() == spans.packed()
    assert len(spans.packed()) == 16 * len(spans)


@given(st.lists(pairs.map(range_of), max_size=8))
def test_spans_of_ranges_hold_their_instants(ranges: list[TimeRange]) -> None:
    """Each range it was made of overlaps, and none is found where none was."""
    spans = Spans.of(ranges)
    assert all(spans.overlaps(epoch(one.start), epoch(one.end)) for one in ranges)
    assert spans == NO_SPANS or ranges
    assert not spans.overlaps(epoch(BASE) - 60, epoch(BASE))
