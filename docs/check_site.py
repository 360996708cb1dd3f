"""Checks a built site: every internal link and anchor exists, nothing is loaded from elsewhere."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    """Anchors and links of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what a tag names and where it points."""
        values = dict(attrs)
        self.anchors.update(v for k in ("id", "name") if (v := values.get(k)))
        target = values.get(LOADING.get(tag, "href"))
        if target and tag in LOADING:
            self.loaded.append(target)
        elif target:
            self.links.append(target)


def problems(root: Path) -> list[str]:
    """One line for each broken link and each thing loaded from elsewhere."""
    files = {path.resolve(): Page(path.read_text("utf-8")) for path in root.rglob("*.html")}
    found: list[str] = []
    for path, page in files.items():
        for target in page.loaded:
            if urlsplit(target).netloc:
                found.append(f"{path.relative_to(root)}: loads {target}")
        for target in page.links + page.loaded:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            here = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not here.exists():
                found.append(f"{path.relative_to(root)}: no {target}")
                continue
            anchors = files[here].anchors if here in files else {unquote(parts.fragment)}
            if parts.fragment and unquote(parts.fragment) not in anchors:
                found.append(f"{path.relative_to(root)}: no anchor {target}")
    return sorted(set(found))


if __name__ == "__main__":
    lines = problems(Path(sys.argv[1]).resolve())
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    sys.exit(bool(lines))
