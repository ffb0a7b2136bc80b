"""`python -m benchmarks.questions [FOLDER [COMMUNITY]]`: how well questions find their topic, against what was set.

FOLDER holds `*.jsonl`: an object a line with `query`, `gist` (may be empty) and `topic`; COMMUNITY is a community file
with these topics, Flyte's by default. Without FOLDER only the second community is scored, as by `make bench`: an
invented one whose topics and questions are ours (`rivulet/`). README.md says how to read the table.
"""

from __future__ import annotations

import json
import random
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, quantiles
from time import process_time

from booking.community.file import TopicTable, read_file
from booking.resources import folder
from routing.matching import SURE, Matcher, Ranked

FOLDS, ROUNDS, BINS = 10, 3, 10
MEGABYTE = 2**20
SECOND = Path(__file__).parent / "rivulet"
FORM = "%-52s %7s %7s %7s  %s"


@dataclass(frozen=True)
class Question:
    """A labelled question: its title, and title and gist together."""

    title: str
    full: str
    topic: str


@dataclass(frozen=True)
class Data:
    topics: Sequence[TopicTable]
    questions: Sequence[Question]


@dataclass(frozen=True)
class Asked:
    """A question, what came of it, and how many seconds of CPU that took."""

    topic: str
    ranked: Ranked
    seconds: float


@dataclass(frozen=True)
class Line:
    """A figure with what it must reach and what it should; `met` is about the must."""

    what: str
    figure: float
    must: float
    aim: float

    @property
    def met(self) -> bool:
        return self.figure >= self.must if self.aim > self.must else self.figure <= self.must


def read(path: Path, community: Path | None = None) -> Data:
    """The labelled questions of a folder, and the topics of the community they were asked in."""
    rows = [json.loads(line) for file in sorted(path.glob("*.jsonl")) for line in file.read_text().splitlines()]
    questions = [
        Question(row["query"], ". ".join(filter(None, (row["query"], row["gist"]))), row["topic"]) for row in rows
    ]
    return Data(read_file(community or folder("communities") / "flyte.toml").topics, questions)


def table(data: Data) -> Iterator[Line]:
    """The lines of the table, each over questions that the matcher was not told."""
    full, title = _cold(data, _full), _cold(data, _title)
    yield Line("cold: first is right, full text", _top(full, 1), 0.78, 0.82)
    yield Line("cold: first is right, title", _top(title, 1), 0.68, 0.72)
    yield Line("cold: among the first three, full text", _top(full, 3), 0.94, 0.96)
    yield Line("cold: right slot, full text", _slot(data, full), 0.87, 0.90)
    yield Line("cold: expected calibration error, both", calibration_error([*full, *title]), 0.08, 0.05)
    full, title = _out_of_fold(data, _full), _out_of_fold(data, _title)
    yield Line("with examples: first is right, full text", _top(full, 1), 0.84, 0.87)
    yield Line("with examples: first is right, title", _top(title, 1), 0.76, 0.80)
    yield Line("with examples: among the first three, full text", _top(full, 3), 0.94, 0.96)
    yield Line("with examples: right slot, full text", _slot(data, full), 0.90, 0.93)
    yield Line("with examples: expected calibration error, both", calibration_error([*full, *title]), 0.08, 0.05)
    sure = [one for one in [*full, *title] if one.ranked[0][1] >= SURE]
    yield Line("with examples: right when sure, both", _top(sure, 1), 0.90, 0.95)
    yield Line("milliseconds of CPU, p95", quantiles([one.seconds * 1000 for one in full], n=20)[-1], 5, 2)
    yield Line("megabytes, with all as examples", _memory(data), 20, 10)


def second() -> Iterator[Line]:
    """The lines of a community that nothing was tuned on."""
    data = read(SECOND, SECOND / "community.toml")
    full, title = _cold(data, _full), _cold(data, _title)
    yield Line("second community, cold: first is right, full text", _top(full, 1), 0.88, 0.93)
    yield Line("second community, cold: first is right, title", _top(title, 1), 0.68, 0.72)
    yield Line("second community, cold: among the first three", _top([*full, *title], 3), 0.94, 0.96)
    yield Line("second community, cold: right slot, full text", _slot(data, full), 0.87, 0.90)
    yield Line("second community, cold: calibration error", calibration_error([*full, *title]), 0.08, 0.05)


def calibration_error(asked: Sequence[Asked]) -> float:
    """The mean distance, over bins of probability, between what was claimed and how often it was right."""
    bins: dict[int, list[float]] = {}
    for one in asked:
        best, probability, _ = one.ranked[0]
        bins.setdefault(min(int(probability * BINS), BINS - 1), []).append((best == one.topic) - probability)
    return sum(abs(sum(gaps)) for gaps in bins.values()) / len(asked)


def _full(question: Question) -> str:
    return question.full


def _title(question: Question) -> str:
    return question.title


def _cold(data: Data, text: Callable[[Question], str]) -> list[Asked]:
    return list(_ask(Matcher(data.topics), data.questions, text))


def _out_of_fold(data: Data, text: Callable[[Question], str]) -> list[Asked]:
    """Each question, ROUNDS times, by a matcher that was told the full text of all but a tenth of them."""
    asked: list[Asked] = []
    for round_ in range(ROUNDS):
        order = random.Random(round_).sample(range(len(data.questions)), len(data.questions))  # noqa: S311
        for fold in range(FOLDS):
            left = set(order[fold::FOLDS])
            told = [(each.full, each.topic) for place, each in enumerate(data.questions) if place not in left]
            matcher = Matcher(data.topics, told)
            asked += _ask(matcher, [data.questions[place] for place in sorted(left)], text)
    return asked


def _ask(matcher: Matcher, questions: Iterable[Question], text: Callable[[Question], str]) -> Iterator[Asked]:
    for question in questions:
        before = process_time()
        ranked = matcher.rank(text(question))
        yield Asked(question.topic, ranked, process_time() - before)


def _top(asked: Sequence[Asked], places: int) -> float:
    return fmean(one.topic in [key for key, _, _ in one.ranked[:places]] for one in asked)


def _slot(data: Data, asked: Sequence[Asked]) -> float:
    """How often the first slot of the topic found also serves the right one."""
    slots = {topic.key: topic.slots for topic in data.topics}
    return fmean(slots[one.ranked[0][0]][0] in slots[one.topic] for one in asked)


def _memory(data: Data) -> float:
    tracemalloc.start()
    matcher = Matcher(data.topics, [(each.full, each.topic) for each in data.questions])
    matcher.rank(data.questions[0].full)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / MEGABYTE


def show(lines: Iterable[Line]) -> None:
    print(FORM % ("question -> topic", "figure", "must", "aim", "met"))
    for line in lines:
        print(FORM % (line.what, f"{line.figure:.3f}", f"{line.must:g}", f"{line.aim:g}", "yes" if line.met else "no"))


def main() -> None:
    given = [Path(each) for each in sys.argv[1:]]
    show([*(table(read(*given)) if given else ()), *second()])


if __name__ == "__main__":
    main()
