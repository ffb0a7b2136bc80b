"""A small good community file, and the answers to mistakes in it: (what stood there, the mistake, the problem)."""

GOOD = """\
[community]
name = "Tiny"
timezone = "Europe/Berlin"
session_minutes = 30
minimum_notice = "4h"
horizon_days = 60
reminders = ["24h", "1h"]
code_of_conduct = "https://example.org/conduct"
[policy]
assignment = "round-robin"
sms_countries = ["US", "CA"]
# A comment with [[slots]] and three quotes: \"\"\"
[[slots]]
key = "noon"
starts = "12:00"
weekdays = ["mon", "tue"]
[[slots]]
key = "late"
starts = "22:00"
weekdays = ["fri"]
timezone = "Asia/Tokyo"
[[topics]]
key = "setup"
title = "Set-up"
description = \"\"\"
[[topics]]
key = "not a table, but text"
\"\"\"
keywords = ["install", "first steps"]
slots = ["noon", "late"]
[[maintainers]]
key = "ada"
name = "Ada Lovelace"
email = "ada@example.org"
timezone = "Europe/London"
slots = ["noon", "late"]
weekly_limit = 5
room = "https://meet.example.org/ada"
expertise = { setup = 3 }
[[maintainers.leave]]
first = 2026-12-20
last = 2027-01-02
"""
ADA = 'maintainers "ada"'
WRONG = [
    (
        'timezone = "Europe/Berlin"\n',
        "",
        'community, timezone, line 1: is missing; add timezone = "America/Los_Angeles"',
    ),
    (
        "horizon_days = 60",
        "horizon = 60",
        'community, horizon, line 6: is not known here; did you mean "horizon_days"?',
    ),
    ("horizon_days = 60", "horizon_days = 400", "community, horizon_days, line 6: 400 is too large; write 365 or less"),
    (
        "horizon_days = 60",
        "horizon_days = true",
        "community, horizon_days, line 6: must be a whole number without quotes; write it as in horizon_days = 60",
    ),
    (
        "session_minutes = 30",
        "session_minutes = 4",
        "community, session_minutes, line 4: 4 is too small; write 5 or more",
    ),
    (
        '"4h"',
        '"61d"',
        "community, minimum_notice, line 5: is longer than the horizon of 60 days, so nobody could book; shorten it",
    ),
    (
        '"4h"',
        "4",
        'community, minimum_notice, line 5: must be a duration in quotes; write a number and s, m, h or d, as in "4h"',
    ),
    (
        '["24h", "1h"]',
        '["24h", "an hour"]',
        'community, reminders, line 7: "an hour" is not a duration; write a number and s, m, h or d, as in "4h"',
    ),
    (
        '["24h", "1h"]',
        '["0m"]',
        "community, reminders, line 7: a reminder is due some time before the session; "
        'write how long before, as in "1h"',
    ),
    (
        "https://example.org/conduct",
        "http://example.org/conduct",
        'community, code_of_conduct, line 8: "http://example.org/conduct" is not an address to send people to; '
        "write it in full, beginning with https://",
    ),
    *(
        (
            "[policy]",
            f'embed_origins = ["{origin}"]\n[policy]',
            f'community, embed_origins number 1, line 9: "{origin}" is not the origin of a website; '
            'write it like "https://docs.example.org"',
        )
        for origin in (
            *("http://docs.example.org", "https://docs.example.org/page", "https://*.example.org", "docs.example.org"),
            *("https://user@docs.example.org", "https://docs.example.org; script-src *", "https://docs.example.org:x"),
        )
    ),
    (
        "[policy]\nassignment",
        'assignment = "round-robin"\n[policy]\n#',
        "community, assignment, line 9: is not known here; move it to policy",
    ),
    (
        '"round-robin"',
        '"save-the-scarse"',
        'policy, assignment, line 10: "save-the-scarse" is not one of save-the-scarce, '
        "save-the-scarce-fair, round-robin; "
        'did you mean "save-the-scarce"?',
    ),
    (
        '["US", "CA"]',
        '["us"]',
        'policy, sms_countries number 1, line 11: "us" is not a country that has phone numbers; did you mean "US"?',
    ),
    (
        "[policy]\n",
        '[messages]\nfooter = "Bye {name.__class__}"\n[policy]\n',
        'messages, footer, line 10: "{name.__class__}" is no placeholder; use {name}, {topic}, {maintainer}, '
        "{community}, {reference}, and write a brace of your own twice",
    ),
    (
        'sms_countries = ["US", "CA"]',
        'quiet_hours = "22-8"',
        'policy, quiet_hours, line 11: "22-8" are no quiet hours; write begin and end, as in "22:00-08:00", '
        'or "" for none',
    ),
    (
        '"12:00"',
        '"25:00"',
        'slots "noon", starts, line 15: must be a time of day in quotes with hours 00 to 23 and minutes; '
        'write it as "07:00"',
    ),
    (
        '["mon", "tue"]',
        '["mon", "tuesday"]',
        'slots "noon", weekdays number 2, line 16: "tuesday" is not one of mon, tue, wed, thu, fri, sat, sun; '
        'did you mean "tue"?',
    ),
    ('["mon", "tue"]', '["mon", "mon"]', 'slots "noon", weekdays, line 16: names mon twice; leave one out'),
    ('["fri"]', "[]", 'slots "late", weekdays, line 20: is empty; name at least one'),
    (
        '["fri"]',
        '["fri"]\nsessions = 49',
        'slots "late", sessions, line 21: 49 sessions are longer than a day; write 48 or less',
    ),
    ('key = "late"', 'key = "noon"', 'slots "noon", key, line 18: "noon" is there already, further up; choose another'),
    (
        "Asia/Tokyo",
        "Tokyo",
        'slots "late", timezone, line 21: "Tokyo" is not a time zone of the IANA database; did you mean "Asia/Tokyo"?',
    ),
    (
        'key = "setup"',
        'key = "Set up"',
        'topics "Set up", key, line 23: "Set up" cannot be a key; use up to 40 of a-z, 0-9, "-" and "_", '
        "beginning with a letter or a digit",
    ),
    (
        'slots = ["noon", "late"]\n[[maint',
        'slots = ["no\\non"]\n[[maint',
        'topics "setup", slots number 1, line 30: "no on" is not a slot of this file; did you mean "noon"?',
    ),
    ("Set-up", " ", 'topics "setup", title, line 24: is empty; write down the title'),
    (
        'slots = ["noon", "late"]\n[[maint',
        'slots = ["lte"]\n[[maint',
        'topics "setup", slots number 1, line 30: "lte" is not a slot of this file; did you mean "late"?',
    ),
    (
        "ada@example.org",
        "ada@example",
        f'{ADA}, email, line 34: "ada@example" is not an email address; write it like name@example.org',
    ),
    (
        'name = "Ada Lovelace"\n',
        "",
        f'{ADA}, name, line 31: is missing; add name = "Ada Lovelace"',
    ),
    (
        "Europe/London",
        "Europe/Londn",
        f'{ADA}, timezone, line 35: "Europe/Londn" is not a time zone of the IANA database; '
        'did you mean "Europe/London"?',
    ),
    (
        "https://meet.example.org/ada",
        "meet.example.org/ada",
        f'{ADA}, room, line 38: "meet.example.org/ada" is not an address to send people to; '
        "write it in full, beginning with https://",
    ),
    (
        "{ setup = 3 }",
        "{ setup = 3, steup = 1 }",
        f'{ADA}, expertise, steup, line 39: "steup" is not a topic of this file; did you mean "setup"?',
    ),
    ("{ setup = 3 }", "{ setup = 4 }", f"{ADA}, expertise, setup, line 39: 4 is too large; write 3 or less"),
    (
        "last = 2027-01-02",
        "last = 2026-01-02",
        f"{ADA}, leave number 1, last, line 42: 2026-01-02 is before the first day; "
        "write the last day of leave, itself included",
    ),
    (
        "last = 2027-01-02",
        'last = "2027-01-02"',
        f"{ADA}, leave number 1, last, line 42: must be a date without quotes; write it as in last = 2027-01-02",
    ),
    (
        "last = 2027-01-02",
        'last = 2027-01-02\nstand_in = "adda"',
        f'{ADA}, leave number 1, stand_in, line 43: "adda" is not a maintainer of this file; did you mean "ada"?',
    ),
    (
        "last = 2027-01-02",
        'last = 2027-01-02\nstand_in = "ada"',
        f"{ADA}, leave, line 40: 2026-12-20: nobody can stand in for themselves; name somebody else",
    ),
    (
        "weekly_limit = 5",
        'quiet_weeks = ["2026-W54"]',
        f'{ADA}, quiet_weeks number 1, line 37: "2026-W54" is not a week; write year and week as in "2026-W52"',
    ),
    ("2027-01-02", "3027-01-02", f"{ADA}, leave number 1, last, line 42: 3027-01-02 is too far away; check the year"),
    (
        "[[maintainers.leave]]",
        "[[gatherings]]",
        "gatherings, line 40: is not known here; "
        "take it out, or use one of community, policy, messages, docs, slots, topics, maintainers",
    ),
    (
        'starts = "12:00"',
        "starts = 12:00",
        "slots number 1, line 15, column 12: Expected newline or end of document after a statement; "
        'put text and times in quotes, as in starts = "07:00", and begin a new line after each value',
    ),
    (
        "weekly_limit = 5",
        "slots = []",
        "maintainers number 1, line 37, column 11: Cannot overwrite a value; "
        "the key is there twice in this table: keep one",
    ),
    ('"""\nkeywords', "keywords", "end of the file: Unterminated string; close the text with quotes"),
]
