"""The community's logo: read from disk when the community file is applied, kept as a row."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from booking.models import Logo

MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
MOST_BYTES = 100_000


def problem_of(path: Path) -> str | None:
    """What is wrong with a file as a logo, and the remedy; None when nothing is."""
    if path.suffix.lower() not in MEDIA_TYPES:
        return f"{path.name} is no picture that every browser shows; give one of {', '.join(MEDIA_TYPES)}"
    if path.stat().st_size > MOST_BYTES:
        return f"{path.name} is larger than {MOST_BYTES // 1000} kB; give a smaller picture"
    return None


def differs(path: str | None, session: Session) -> bool:
    """Whether `store` would change the picture."""
    kept = session.get(Logo, 1)
    return (kept.image if kept else None) != _image(path)


def store(path: str | None, session: Session) -> None:
    """Keep the picture at `path`, or none. The caller's transaction makes it happen."""
    kept, image = session.get(Logo, 1), _image(path)
    if kept is not None and image is None:
        session.delete(kept)
    elif path is not None and image is not None:
        session.merge(Logo(id=1, media_type=MEDIA_TYPES[Path(path).suffix.lower()], image=image))


def _image(path: str | None) -> bytes | None:
    return Path(path).read_bytes() if path is not None else None
