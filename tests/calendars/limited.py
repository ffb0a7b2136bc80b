"""A process that reads tasks from its input, a JSON object a line, and does each in a child with limits of its own.

Our code is loaded once; a child may take so much memory and processor time more than that and no more, else the system
ends it.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any

from calendars.busy import BusyPolicy, busy_spans
from calendars.caldav_store import CalDavStore
from calendars.errors import CalendarError
from calendars.feed import read_feed
from calendars.objects import Limits
from calendars.outbound import Guard
from calendars.store import CalendarAccount
from routing.values import TimeRange


def read_object(task: dict[str, Any], window: TimeRange) -> None:
    """Print how many objects were refused, and the busy times."""
    policy = BusyPolicy(frozenset({"ada@example.org"}))
    result = busy_spans([task["object"].encode()], window, policy=policy)
    print(json.dumps([result.refused, list(result.spans)]))


def ask_server(task: dict[str, Any], window: TimeRange) -> None:
    """Print what reading a calendar, and reading a feed, of a server came to."""
    guard = Guard(frozenset({task["allow"]}), deadline=task["deadline"])
    limits = Limits(seconds=1.0)
    store = CalDavStore(CalendarAccount(task["url"], "ada", "secret"), guard, limits=limits)
    for read in (
        lambda: store.busy(window),
        lambda: read_feed(task["url"], window, (), guard, "UTC", BusyPolicy(), limits).spans,
    ):
        try:
            print(list(read()))
        except CalendarError as error:
            print(error)


WORK = {work.__name__: work for work in (read_object, ask_server)}


def limit(megabytes: int, seconds: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def child(task: dict[str, Any]) -> int:
    """The task's exit code; what it prints goes to the standard output of this process."""
    try:
        limit(task["megabytes"], task["seconds"])
        WORK[task["work"]](task, TimeRange(*map(datetime.fromisoformat, task["window"])))
    except BaseException:
        traceback.print_exc(file=sys.stdout)
        return 1
    finally:
        sys.stdout.flush()
    return 0


def main() -> None:
    for line in sys.stdin:
        reading, writing = os.pipe()
        number = os.fork()
        if number == 0:
            os.dup2(writing, 1)
            os._exit(child(json.loads(line)))
        os.close(writing)
        with os.fdopen(reading) as printed:
            output = printed.read()
        _, status = os.waitpid(number, 0)
        print(json.dumps({"status": status, "output": output}), flush=True)


if __name__ == "__main__":
    main()
