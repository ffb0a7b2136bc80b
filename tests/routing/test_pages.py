"""A question finds the pages that may answer it, or none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from routing.pages import Page, Pages, stems_of

TEXTS = {
    "Baking bread": (("Kneading", "When the crust burns"), "Flour, water, salt. Knead for ten minutes and bake hot."),
    "Growing tomatoes": (("Watering", "Slugs and snails"), "Tomatoes like sun. Against slugs help beer and ducks."),
    "Mending a bicycle": (("Punctures", "The chain falls off"), "Take the wheel out, find the hole, glue a patch."),
    "Tuning a guitar": ((), "Turn the peg of a string until it sounds like the fork."),
}
WORDS = st.sampled_from(["Flour", "bake", "sun", "ducks", "wheel", "patch", "fork", "🥖", "面包", "the", "zzz", "\x00"])


def page(title: str) -> Page:
    headings, text = TEXTS[title]
    return Page(f"https://docs.example.org/{title}", title, headings, stems_of(title, headings, text))


PAGES = Pages(page(title) for title in TEXTS)


def test_the_page_the_heading_and_the_words() -> None:
    """Found by stems, told by the heading that has most of the question and the words as they were typed."""
    [found] = PAGES.find("The chains fall off while cycling")
    assert (found.title, found.heading) == ("Mending a bicycle", "The chain falls off")
    assert set(found.words) == {"chains", "fall", "off"}
    assert PAGES.find("kneading dough")[0].heading == "Kneading"


def test_a_title_counts_more_than_the_text() -> None:
    """Two pages have the word; the one that is about it comes first."""
    pages = Pages([*(page(title) for title in TEXTS), Page("u", "Ducks", (), stems_of("Ducks", (), "Birds."))])
    assert [found.title for found in pages.find("ducks")] == ["Ducks", "Growing tomatoes"]


def test_what_the_pages_do_not_cover_finds_nothing() -> None:
    """One common word is no answer; neither are words that no page has, nor none at all."""
    for question in ("", "🥖", "the of", "kubernetes ingress certificate", "Can I take my kubernetes ingress"):
        assert PAGES.find(question) == []
    assert Pages([]).find("bread") == []


def test_a_heading_is_told_only_where_it_fits() -> None:
    """A page may be found by its text alone."""
    [found] = PAGES.find("ducks")
    assert found.heading == ""


@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_any_question_is_answered_in_the_same_way_each_time(question: str) -> None:
    """At most three pages, each once, with words of the question, whatever the order they were read in."""
    found = PAGES.find(question)
    assert len(found) == len({each.url for each in found}) <= 3
    assert all(
        set(each.words) <= set(question.split()) | set(question.replace(".", "").replace(",", "").split())
        for each in found
    )
    other = Pages(page(title) for title in reversed(TEXTS)).find(question)
    assert {each.url for each in other} == {each.url for each in found} or len(found) == 3


@given(st.text(max_size=400), st.lists(st.text(max_size=40), max_size=4), st.text(max_size=40))
def test_any_text_makes_a_page(text: str, headings: list[str], title: str) -> None:
    """And its own title finds it, where the title says anything."""
    made = Page("u", title, headings, stems_of(title, headings, text))
    assert all(weight > 0 for weight in made.stems.values())
    if stems_of(title, (), ""):
        assert Pages([made]).find(title)[0].title == title
