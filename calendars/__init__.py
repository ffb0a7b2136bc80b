"""CalDAV and iCalendar: other people's calendars, and invitations. No Flask, no SQLAlchemy.

Times out of calendars become UTC at the edge of this package; what others wrote is read under limits.
"""

import zoneinfo

# One zone database in the house: an operating system's copy may be a year older than pytz's. With an empty search path
# zoneinfo reads the tzdata wheel, and icalendar asks pytz. It must happen before icalendar reads its first time.
zoneinfo.reset_tzpath(to=())

from icalendar.timezone import tzp  # noqa: E402 (after the search path is set)

tzp.use_pytz()
