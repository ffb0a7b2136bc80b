"""The trunk: composes the rooms, stores, and talks to people."""
