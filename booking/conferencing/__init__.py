"""Meeting links: a Zoom meeting made for the session, or the maintainer's own room. Neither may ever fail a booking."""
