#!/usr/bin/env python3
"""What the pages tell a reader to follow or to type is there: links with their anchors, files of the repository, our programs' commands
and flags, unit names, and settings in TOML examples.

check_pages.py SOURCE BIN      BIN: folder with the built programs
"""
import collections
import functools
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib

top, binaries = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
PROGRAMS = ("preemptctl", "preemptd", "preempt-drain", "preempt-sim")
pages = sorted([*top.glob("*.md"), *top.glob(".github/*.md"), *top.glob("docs/**/*.md"), *top.glob("hooks/**/*.md")])
faults = []
counted = collections.Counter()


def fault(page, text):
    faults.append(f"{page.relative_to(top)}: {text}")


@functools.cache
def anchors(page):
    """Headings as GitHub names them."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    names = set(re.findall(r'<a (?:name|id)="([^"]+)"', text))
    seen = collections.Counter()
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", heading.lower().replace("\\", "")).strip().replace(" ", "-")
        names.add(name if not seen[name] else f"{name}-{seen[name]}")
        seen[name] += 1
    return names


def check_links(page, text):
    for target in re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        counted["links"] += 1
        path, _, anchor = target.partition("#")
        destination = (page.parent / path).resolve() if path else page
        if not destination.exists():
            fault(page, f"link to {target}, which is not there")
        elif anchor and destination.suffix == ".md" and anchor not in anchors(destination):
            fault(page, f"link to {target}: no such heading")


@functools.cache
def help_of(*words):
    """The help of a command of ours, or None where there is no such command."""
    program, *command = words
    done = subprocess.run([binaries / program, *command, "--help"], capture_output=True, text=True, timeout=30)
    return done.stdout + done.stderr if done.returncode == 0 else None


def is_group(text):
    return re.search(r"^Commands:", text, re.M) is not None or re.search(r"^Subcommands:", text, re.M) is not None


def check_command(page, words):
    counted["commands"] += 1
    said = " ".join(words)
    program, rest = words[0], words[1:]
    command = [program]
    text = help_of(program)
    while rest and re.fullmatch(r"[a-z][a-z-]*", rest[0]) and is_group(text):
        deeper = help_of(*command, rest[0])
        if deeper is None:
            fault(page, f"no such command: {said}")
            return
        command, text, rest = [*command, rest[0]], deeper, rest[1:]
    if command[1:] == ["api"] or command[1:] == []:
        text += help_of(program)
    common = help_of(program) if program == "preemptctl" else ""
    if command[1:2] == ["api"]:
        return  # the catalogue's parameters
    for word in rest:
        flag = re.match(r"--?[a-zA-Z][a-z-]*", word)
        if flag and flag.group(0) not in ("--version", "-V", "--help", "-h") and not re.search(rf"(?<![\w-]){re.escape(flag.group(0))}(?![\w-])", text + common):
            fault(page, f"no such flag {flag.group(0)}: {said}")


def commands_in(line):
    """Our programs' calls in one line of shell."""
    line = re.sub(r"\s#\s.*$", "", line.strip().removeprefix("$ "))
    line = re.sub(r"\s#.*$", "", line)
    for part in re.split(r"&&|\|\||[|;&]|\$\(|\bthen\b|\bdo\b", line):
        try:
            words = shlex.split(part.rstrip(")"))
        except ValueError:
            continue
        while words and (words[0] in ("sudo", "exec", "env", "time", "if", "while", "until", "!") or re.fullmatch(r"\w+=\S*", words[0])):
            words = words[1:]
        if words and pathlib.PurePath(words[0]).name in PROGRAMS:
            words[0] = pathlib.PurePath(words[0]).name
            yield words


def check_toml(page, block):
    counted["settings"] += 1
    try:
        tomllib.loads(block)
    except tomllib.TOMLDecodeError as error:
        fault(page, f"TOML that cannot be read ({error}): {block[:60]!r}")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "preemptd.toml"
        file.write_text(block)
        file.chmod(0o644)
        said = subprocess.run([binaries / "preemptctl", "config", "check", "--config", file], capture_output=True, text=True, timeout=30)
    for line in (said.stdout + said.stderr).splitlines():
        # Files that only a real node has are not judged.
        if re.search(r"unknown|did you mean|takes|must be|is not ", line) and not re.search(r"_file|No such file|cannot be", line):
            fault(page, f"settings: {line}")


def check_blocks(page, text):
    for language, block in re.findall(r"^ *```(\w*)\n(.*?)^ *```", text, re.M | re.S):
        if language == "toml":
            check_toml(page, block)
        elif language in ("", "sh", "shell", "bash", "console"):
            for line in block.replace("\\\n", " ").splitlines():
                for words in commands_in(line):
                    check_command(page, words)
    text = re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S)
    for code in re.findall(r"`([^`\n]+)`", text):
        for words in commands_in(code):
            # A name alone is no call.
            if len(words) > 1 and not any(re.search(r"[…\[\]|<>]|^[A-Z_]+$", w) for w in words[1:2]):
                check_command(page, words)


def check_names(page, text):
    for path in set(re.findall(r"(?<![\w/.-])((?:packaging|tests|docs|hooks)/[\w./-]*\w\.(?:sh|md|py|json|yml|yaml|toml|hcl|txt))", text)):
        # A page's own folder may hold something called hooks/, too; NAME and TYPE stand for names.
        if not re.search(r"\b(NAME|TYPE)\b", path) and not (top / path).exists() and not (page.parent / path).exists():
            fault(page, f"{path} is not there")
    for unit in set(re.findall(r"\b(preemptd[\w-]*\.(?:service|path|timer|socket))\b", text)):
        counted["units"] += 1
        if not (top / "packaging/systemd" / unit).exists():
            fault(page, f"no such unit: {unit}")


for page in pages:
    if "docs/adr/" in str(page):
        check_links(page, page.read_text())
        continue
    content = page.read_text()
    check_links(page, re.sub(r"^ *```.*?^ *```", "", content, flags=re.M | re.S))
    check_names(page, content)
    if "docs/man/" not in str(page):
        check_blocks(page, content)

for text in faults:
    print("FAILED:", text)
print(f"{len(pages)} pages: " + ", ".join(f"{number} {what}" for what, number in sorted(counted.items())))
sys.exit(bool(faults))
