"""What the site needs beyond the Markdown: lists of pages that are folders, and links that leave docs/."""
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
DOCS = TOP / "docs"
# Folders whose every page is in the menu, by the word that stands for them there.
FOLDERS = {"HOOKS": "hooks/*.md", "MAN": "man/*.md", "ADR": "adr/*.md"}
LISTED_ELSEWHERE = {"hooks/writing.md"}


def homepage():
    """The one setting that says where the project lives, in CMakeLists.txt."""
    return re.search(r'PREEMPTD_HOMEPAGE "([^"]+)"', (TOP / "CMakeLists.txt").read_text()).group(1)


def title(page):
    first = next(line for line in page.read_text().splitlines() if line.startswith("# "))
    return page.name.removesuffix(".md") if first == "# NAME" else first.removeprefix("# ")


def pages(pattern):
    found = [p for p in sorted(DOCS.glob(pattern)) if str(p.relative_to(DOCS)) not in LISTED_ELSEWHERE]
    return [{title(page): str(page.relative_to(DOCS))} for page in found]


def listed(nav):
    for entry in nav:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from listed(value) if isinstance(value, list) else [value]


def on_config(config):
    config["repo_url"] = homepage()
    config["repo_name"] = "Repository"
    for section in config["nav"]:
        for entries in section.values():
            for entry in entries:
                if isinstance(entry, dict):
                    for name, value in entry.items():
                        entry[name] = pages(FOLDERS[value]) if value in FOLDERS else value
    # A page that no menu leads to would only be found by search.
    in_menu = set(listed(config["nav"]))
    rest = [p for p in sorted(DOCS.rglob("*.md")) if str(p.relative_to(DOCS)) not in in_menu]
    config["nav"][-1]["Background"] += [{title(p): str(p.relative_to(DOCS))} for p in rest]
    return config


def on_page_markdown(markdown, page, config, files):
    """Links to files of the repository that are no pages lead to the repository; links to folders of pages to their README."""
    folder = (DOCS / page.file.src_path).parent

    def link(match):
        target, _, anchor = match.group(2).partition("#")
        if not target or re.match(r"[a-z]+:", target):
            return match.group(0)
        path = (folder / target).resolve()
        if DOCS in path.parents or path == DOCS:
            if path.is_dir() and (path / "README.md").exists():
                return f"{match.group(1)}{target.rstrip('/')}/README.md)"
            if not path.is_dir():
                return match.group(0)
        return f"{match.group(1)}{config['repo_url']}/blob/main/{path.relative_to(TOP)}{'#' + anchor if anchor else ''})"

    return re.sub(r"(\]\()([^)\s]+)\)", link, markdown)
