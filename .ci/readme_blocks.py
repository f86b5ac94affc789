"""Print one fenced code block of a Markdown file: readme_blocks.py FILE LANGUAGE NUMBER.

Blocks of a language are counted from 1. Standard library only, as it runs before anything is
installed.
"""

import re
import sys
from pathlib import Path

# A fence is three or more backticks; the same fence alone on a line closes it. Blocks of every
# language are matched, so that a fence shown inside another block is not taken for one.
FENCED_BLOCK = re.compile(
    r"^(?P<fence>`{3,})(?P<language>[^\n`]*)\n(?P<code>.*?)^(?P=fence)[ \t]*$",
    re.DOTALL | re.MULTILINE,
)


def fenced_blocks(markdown: str, language: str) -> list[str]:
    return [
        match["code"]
        for match in FENCED_BLOCK.finditer(markdown)
        if match["language"].strip() == language
    ]


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    path, language, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    blocks = fenced_blocks(path.read_text(encoding="utf-8"), language)
    if not 1 <= number <= len(blocks):
        sys.exit(f"{path} has {len(blocks)} {language} blocks, there is no number {number}")
    print(blocks[number - 1], end="")


if __name__ == "__main__":
    main()
