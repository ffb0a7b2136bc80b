"""A question in words leads to a topic, for words that can be named, and with a probability that can be believed."""

from __future__ import annotations

import json
from dataclasses import replace
from math import isclose, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import questions
from booking.community.file import read_file
from booking.resources import folder
from routing.matching import SURE, Hopeless, Matcher, Sure, Unsure, answer
from tests.routing.questions import ASKED, TOPICS, examples

COLD = Matcher(TOPICS)
LEARNT = Matcher(TOPICS, examples())
FLYTE = Matcher(read_file(folder("communities") / "flyte.toml").topics)
KEYS = [topic.key for topic in TOPICS]
AWKWARD = (
    "",
    "   \n\t",
    "🥖🔥❓",
    "?" * 1_000,
    "a" * 100_000,
    "ab " * 33_334,
    "1 2 3",
    "the of and",
    "如何烤面包？",
    "पौधों को पानी कब दें",
    "خبز العجين",
    "วิธีซ่อมจักรยาน",
    "brød og gær",
    "\x00\ud800\u202e",
    "<script>alert(1)</script>",
)


@pytest.mark.parametrize("matcher", [COLD, LEARNT, FLYTE, Matcher([]), Matcher(TOPICS[:1])])
@pytest.mark.parametrize("question", AWKWARD)
def test_any_text_is_answered(matcher: Matcher, question: str) -> None:
    """Nothing at all, only signs, a hundred thousand letters, any script: an order, and probabilities."""
    ranked = matcher.rank(question)
    assert not ranked or isclose(sum(probability for _, probability, _ in ranked), 1)


@given(st.text(st.characters(), max_size=300), st.sampled_from([COLD, LEARNT]))
def test_every_topic_is_ranked_by_words_of_the_question(question: str, matcher: Matcher) -> None:
    """All topics once, best first, probabilities that add up to one; each word shown stands in the question."""
    ranked = matcher.rank(question)
    assert sorted(key for key, _, _ in ranked) == sorted(KEYS)
    likely = [probability for _, probability, _ in ranked]
    assert likely == sorted(likely, reverse=True)
    assert all(isfinite(each) and 0 <= each <= 1 for each in likely)
    assert isclose(sum(likely), 1)
    assert all(word in question for _, _, words in ranked for word in words)


@given(st.text(max_size=200))
def test_the_same_question_has_the_same_answer(question: str) -> None:
    """Bit for bit, from matchers made apart."""
    assert Matcher(TOPICS, examples()).rank(question) == LEARNT.rank(question)


@given(st.lists(st.sampled_from([word for asked in ASKED.values() for text in asked for word in text.split()])))
def test_the_words_shown_are_those_that_decided(words: list[str]) -> None:
    """Whoever asks with nothing but the words that were shown is sent to the same topic."""
    found = answer(LEARNT.rank(" ".join(words)))
    if isinstance(found, Sure):
        assert LEARNT.rank(" ".join(found.words))[0][0] == found.topic


@pytest.mark.parametrize("question", [text for text, _ in examples()])
def test_plain_questions_find_their_topic_cold(question: str) -> None:
    """From descriptions and keywords alone."""
    [key] = [key for text, key in examples() if text == question]
    ranked = COLD.rank(question)
    assert ranked[0][0] == key
    assert ranked[0][2]


@pytest.mark.parametrize("question", ["kneadding doughh", "Bicyclechain", "BREAD", "my bike_tyre", "ｂｒｅａｄ"])
def test_misspelt_and_joined_words_still_speak(question: str) -> None:
    """Letters in common are enough, and the word is shown as it was typed."""
    ranked = COLD.rank(question)
    assert ranked[0][1] > 1.5 / len(TOPICS)
    assert set(ranked[0][2]) <= set(question.split())
    assert ranked[0][2]


def test_other_scripts_match_their_own_keywords() -> None:
    """A community may describe its topics in any language; marks that belong to a letter do not cut words."""
    topics = [
        {"key": "bread", "title": "面包", "description": "烤面包和酵母", "keywords": ["面包", "烤箱"]},
        {"key": "plants", "title": "बागवानी", "description": "पौधे और मिट्टी", "keywords": ["पौधों", "पानी"]},
    ]
    matcher = Matcher([_Plain(**topic) for topic in topics])
    assert matcher.rank("如何烤面包？")[0][0] == "bread"
    assert matcher.rank("पौधों को पानी कब दें")[0] == ("plants", pytest.approx(1, abs=0.35), ("पौधों", "पानी"))


class _Plain:
    """Anything with these four is a topic."""

    def __init__(self, key: str, title: str, description: str, keywords: list[str]) -> None:
        self.key, self.title, self.description, self.keywords = key, title, description, keywords


def test_examples_teach_words_no_description_has() -> None:
    """Past bookings bring the community's own words; too few of them, or of other topics, change nothing."""
    told = [*examples(), ("Strange wobble of my velocipede", "bicycles"), ("velocipede again", "bicycles")]
    assert Matcher(TOPICS, told).rank("velocipede")[0][0] == "bicycles"
    assert Matcher(TOPICS, told[:4]).rank("velocipede") == COLD.rank("velocipede")
    assert Matcher(TOPICS, [("velocipede", "retired")] * 100).rank("velocipede") == COLD.rank("velocipede")


def test_one_topic_alone_teaches_nothing() -> None:
    """Whoever books the same a hundred times changes nothing, until half of the topics have examples of their own."""
    told = [("velocipede", "bicycles")] * 100
    alone = [*told, *(each for each in examples() if each[1] == "music")][:102]
    assert Matcher(TOPICS, alone).rank("velocipede") == COLD.rank("velocipede")
    enough = [*told, *(each for each in examples() if each[1] == "music")]
    assert Matcher(TOPICS, enough).rank("velocipede")[0][0] == "bicycles"


def test_headings_of_the_documentation_count() -> None:
    """A topic may bring them along; a word that only they have leads to it."""
    topics = [*TOPICS[:-1], replace(TOPICS[-1], docs_headings=("Metronomes and how to set them",))]
    assert Matcher(topics).rank("Which metronome?")[0][0] == "music"
    assert not COLD.rank("Which metronome?")[0][2]


def test_a_second_community_needs_no_tuning() -> None:
    """Its questions, which nothing was tuned on, find their topic as often as was set."""
    second = list(questions.second())
    assert second[0].figure >= second[0].must
    assert second[2].figure >= second[2].must


def test_a_topic_nobody_booked_yet_is_still_found() -> None:
    """What was booked so far does not crowd out what was not."""
    told = [(text, key) for text, key in examples() if key != "music"]
    assert Matcher(TOPICS, told).rank("Easy chords on the piano")[0][0] == "music"


def test_the_answer_is_sure_unsure_or_hopeless() -> None:
    """Sure from a probability on; two choices where two are enough, otherwise three; without a word, hopeless."""
    assert answer([("a", SURE, ("x",)), ("b", 1 - SURE, ())]) == Sure("a", ("x",))
    assert answer([("a", 0.5, ("x",)), ("b", 0.45, ("y",)), ("c", 0.05, ())]) == Unsure((("a", ("x",)), ("b", ("y",))))
    three = answer([("a", 0.4, ("x",)), ("b", 0.3, ()), ("c", 0.2, ()), ("d", 0.1, ())])
    assert isinstance(three, Unsure)
    assert [key for key, _ in three.choices] == ["a", "b", "c"]
    assert answer([(key, 0.1, ("x",)) for key in "abcdefghij"]) == Hopeless()
    assert answer([("only", 1.0, ())]) == answer([]) == Hopeless()
    assert answer(COLD.rank("qwxz 🥖")) == Hopeless()


def test_integrations_and_plugins_are_asked_about() -> None:
    """The pair that sits in different slots and shares its words: where both are near, the person decides."""
    found = answer(FLYTE.rank("MLflow plugin"))
    assert isinstance(found, Unsure)
    assert {"integrations", "plugins"} <= {key for key, _ in found.choices}


def test_probabilities_are_no_boast_on_questions_not_seen() -> None:
    """Left out one at a time, the small community's questions are right at least as often as was claimed."""
    told = list(examples())
    claimed = right = 0.0
    for place, (text, key) in enumerate(told):
        best, probability, _ = Matcher(TOPICS, told[:place] + told[place + 1 :]).rank(text)[0]
        claimed += probability
        right += best == key
    assert right >= claimed - 0.08 * len(told)


def test_rankings_are_plain_values() -> None:
    """They can be written down as JSON."""
    assert json.loads(json.dumps(COLD.rank("bread")))[0][0] == "baking"
