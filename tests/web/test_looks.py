"""The community's own colour and logo on its pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from booking import community, resources
from booking.community.file import CommunityFileError, parse
from booking.extensions import begin_write, db, office
from tests.web.browser import Browser

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script></svg>'
FLYTE = (resources.folder("communities") / "flyte.toml").read_text()


def apply(app: Flask, folder: Path, *lines: str) -> list[str]:
    """Flyte's file with these lines of its own in [community]; what applying it changed."""
    kept = re.sub(r"^colour = .*\n", "", FLYTE, flags=re.M)
    text = kept.replace("[community]\n", "\n".join(["[community]", *lines, ""]))
    with app.app_context():
        begin_write(db.session())
        changes = community.apply(parse(text, folder=folder), db.session(), office().now())
        db.session.commit()
        return [change.detail for change in changes]


def test_the_pages_have_the_communitys_colour(visitor: Browser) -> None:
    """A stylesheet of ours, after the others, kept by browsers until the community changes."""
    page = visitor.get("/").text
    address = re.findall(r'href="(/colours\.css\?v=\d+)"', page)[0]
    assert page.index("officehours.css") < page.index(address)
    sheet = visitor.get(address)
    assert sheet.content_type == "text/css; charset=utf-8"
    assert "--oh-accent: #6f2aef;" in sheet.text
    assert "max-age=86400" in sheet.headers["Cache-Control"]


def test_without_a_colour_there_is_no_further_stylesheet(app: Flask, visitor: Browser, tmp_path: Path) -> None:
    """Ours hold then."""
    apply(app, tmp_path)
    assert "colours.css" not in visitor.get("/").text
    assert visitor.get("/colours.css").status_code == 404


def test_the_logo_is_the_files(app: Flask, visitor: Browser, tmp_path: Path) -> None:
    """Shown on every page; as a picture only, whatever else is in it; a changed picture is a change to apply."""
    (tmp_path / "logo.svg").write_text(PICTURE)
    apply(app, tmp_path, 'logo = "logo.svg"')
    address = re.findall(r'<img src="(/logo\?v=\d+)"', visitor.get("/").text)[0]
    answer = visitor.get(address)
    assert (answer.text, answer.content_type) == (PICTURE, "image/svg+xml")
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert apply(app, tmp_path, 'logo = "logo.svg"') == []
    (tmp_path / "logo.svg").write_text(PICTURE.replace("9 9", "8 8"))
    assert apply(app, tmp_path, 'logo = "logo.svg"') == ["The logo is another picture."]
    assert re.findall(r'<img src="(/logo\?v=\d+)"', visitor.get("/").text) != [address]
    apply(app, tmp_path)
    assert visitor.get("/logo").status_code == 404


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('colour = "violet"', 'no colour; write it as in "#6f2aef"'),
        ('colour = "#6f2"', 'no colour; write it as in "#6f2aef"'),
        ('logo = "nowhere.svg"', "there is no file"),
        ('logo = "logo.gif"', "give one of .svg, .png, .webp"),
        ('logo = "large.png"', "is larger than 100 kB"),
    ],
)
def test_wrong_looks_are_told_with_their_remedy(line: str, said: str, tmp_path: Path) -> None:
    """Nothing is applied."""
    (tmp_path / "logo.gif").write_bytes(b"GIF89a")
    (tmp_path / "large.png").write_bytes(bytes(100_001))
    text = FLYTE.replace("colour = ", "# colour = ").replace("[community]\n", f"[community]\n{line}\n")
    with pytest.raises(CommunityFileError, match=re.escape(said)):
        parse(text, folder=tmp_path)
