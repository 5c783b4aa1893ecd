#!/usr/bin/env python3
"""pictures.py BIN: the pictures of the documentation, out of what the programs print now.

docs/pictures/rehearsal.svg   the screen of a rehearsal
docs/pictures/record.png      the page of its record (needs chromium)

BIN is a folder with the built programs. Nothing of the machine is touched: a rehearsal is private.
"""
import html
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

top = pathlib.Path(__file__).resolve().parent.parent.parent
pictures = top / "docs/pictures"
WIDTH, HEIGHT, SIZE = 8.0, 18, 13.3  # of a character cell, and of the letters
PAPER, INK = "#16202a", "#d7dee5"
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#f2cc60", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea", "2": "#8b98a5", "90": "#8b98a5"}
BARS = {"█": 1.0, "░": 0.35}


def cells(line):
    """(character, colour) for each cell of a line with escape sequences."""
    colour = INK
    for escape, character in re.findall(r"\x1b\[([\d;]*)m|(.)", line):
        if character:
            yield character, colour
        else:
            colour = next((COLOURS[code] for code in escape.split(";") if code in COLOURS), INK)


def runs(line):
    """Text of one colour, with the column it starts in; bars are drawn, so that no font may shift them."""
    start, text, colour = 0, "", None
    for column, (character, now) in enumerate(cells(line)):
        bar = character in BARS
        if text and (now != colour or bar or text[-1] in BARS):
            yield start, text, colour
            text = ""
        if not text:
            start, colour = column, now
        text += character
    if text:
        yield start, text, colour


def screen(text):
    lines = text.rstrip("\n").split("\n")
    columns = max(len(list(cells(line))) for line in lines)
    width, height = round((columns + 4) * WIDTH), (len(lines) + 2) * HEIGHT
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
           "<title>A rehearsal of a reclaim on the screen</title>",
           f'<rect width="{width}" height="{height}" rx="8" fill="{PAPER}"/>',
           f'<g font-family="ui-monospace,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="{SIZE}">']
    for row, line in enumerate(lines):
        y = (row + 1) * HEIGHT
        for column, part, colour in runs(line):
            x = (column + 2) * WIDTH
            if part[0] in BARS:
                out.append(f'<rect x="{x:g}" y="{y + 3}" width="{WIDTH:g}" height="{HEIGHT - 4}" fill="{colour}" opacity="{BARS[part[0]]}"/>')
                continue
            # Viewers draw several blanks as one, so words that stand apart are drawn apart.
            for words in re.finditer(r"\S+(?: \S+)*", part):
                out.append(f'<text x="{x + words.start() * WIDTH:g}" y="{y + 14}" fill="{colour}" '
                           f'textLength="{len(words.group()) * WIDTH:g}">{html.escape(words.group())}</text>')
    return "\n".join(out + ["</g>", "</svg>", ""])


def main():
    preemptctl = pathlib.Path(sys.argv[1]).resolve() / "preemptctl"
    pictures.mkdir(exist_ok=True)
    # Below /opt, because hooks below a folder that others may write to are refused.
    with tempfile.TemporaryDirectory(dir="/opt" if os.geteuid() == 0 else None) as folder:
        hooks = pathlib.Path(folder) / "hooks"
        shutil.copytree(top / "hooks/example", hooks)
        os.chmod(folder, 0o755)
        subprocess.run(["chmod", "-R", "go-w", hooks], check=True)
        command = ["rehearse", "--notice", "300s", "--speed", "20"]
        done = subprocess.run([preemptctl, *command, "--hooks", hooks, "--keep", "--color", "always"], capture_output=True, text=True, timeout=120,
                              env={**os.environ, "COLUMNS": "100", "TMPDIR": folder})
        if done.returncode != 0:
            sys.exit(f"pictures.py: the rehearsal failed\n{done.stdout}{done.stderr}")
        shown = re.sub(r"(?m)^.*stays in .*\n", "", done.stdout)
        (pictures / "rehearsal.svg").write_text(screen(f"$ preemptctl {' '.join(command)}\n{shown}"))
        page, = pathlib.Path(folder).glob("preempt-rehearsal-*/state")
        subprocess.run([preemptctl, "records", "show", "--set", f"paths.state={page}", "--html", f"{folder}/record.html"], check=True, capture_output=True)
        chromium = shutil.which("chromium")
        if chromium is None:
            print("record.png was not made: there is no chromium")
            return
        subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1000,1100",
                        f"--user-data-dir={folder}/chromium", f"--screenshot={pictures}/record.png", f"file://{folder}/record.html"],
                       check=True, capture_output=True, timeout=120)


main()
