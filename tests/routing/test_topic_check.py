"""What an organiser is told of the topics."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routing.topic_check import alike, bus_factors, unknown_words, untaken
from tests.routing.questions import ASKED, TOPICS
from tests.routing.worlds import make_maintainer, make_programme

WORDS = st.sampled_from(["bread", "unicorn", "ξένος", "面包", "the", "42", "Unicorns", "🥖"])


def test_a_word_is_unknown_where_no_topic_has_its_stem() -> None:
    """Counted by questions, not by how often it stands in one; shown as it was typed first."""
    asked = ["Unicorn unicorn breads", "two UNICORNS in the garden", "a griffin"]
    assert unknown_words(TOPICS, asked) == [("Unicorn", 2)]
    assert dict(unknown_words(TOPICS, asked, least=1)) == {"Unicorn": 2, "griffin": 1, "two": 1}


@given(st.lists(st.lists(WORDS, max_size=6).map(" ".join), max_size=8))
def test_any_questions_can_be_counted(asked: list[str]) -> None:
    """No word is in more questions than there are, and none that a topic has is told."""
    for word, count in unknown_words(TOPICS, asked):
        assert 2 <= count <= len(asked)
        assert word.lower() not in ("bread", "the", "42")


def test_topics_with_the_same_words_are_alike() -> None:
    """A topic told twice under two keys; topics of their own words are not."""
    twin = replace(TOPICS[0], key="cakes")
    [found] = alike([*TOPICS, twin])
    assert found.topics == ("baking", "cakes")
    assert found.share > 0.4
    assert found.texts
    assert alike(TOPICS) == []
    assert alike([]) == []


def test_who_can_take_a_topic() -> None:
    """Knowing it is not enough: somebody who knows it has to staff a slot that serves it."""
    idle = make_maintainer(1, slots=frozenset(), expertise={"auth": 1})
    world = replace(make_programme(), maintainers=(idle,))
    assert untaken(world) == {"auth": ("7am",)}
    assert bus_factors(world) == {"auth": 0}
    staffs = make_maintainer(2, expertise={"auth": 2})
    world = replace(world, maintainers=(idle, staffs))
    assert untaken(world) == {}
    assert bus_factors(world) == {"auth": 1}


def test_questions_of_the_small_community_bring_their_own_words() -> None:
    """Every word told really is in as many questions, and in no topic."""
    asked = [text for questions in ASKED.values() for text in questions]
    for word, count in unknown_words(TOPICS, asked, least=1):
        assert sum(word.lower() in text.lower() for text in asked) >= count
