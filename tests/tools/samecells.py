#!/usr/bin/env python3
"""usage: samecells.py SECONDS LEFT TOP COLS ROWS SOCKET TARGET SOCKET TARGET

Waits until a part of the first pane's screen is, cell by cell, what the second pane has, and the
second one has come to rest; else says where they differ, as lines "ROW COLUMN LOOK TEXT". What
cannot be seen does not count: how a blank looks but for its ground, and blanks at a line's end, of
which tmux does not say everything.
"""
import difflib
import re
import subprocess
import sys
import time
import unicodedata

OFF = {22: "bold dim", 23: "italic", 24: "under", 25: "blink", 27: "reverse", 28: "hidden", 29: "struck"}
ON = {1: "bold", 2: "dim", 3: "italic", 4: "under", 5: "blink", 7: "reverse", 8: "hidden", 9: "struck"}
# What terminfo calls acsc, in a UTF-8 terminal.
DRAWING = dict(zip("+,-.0`abcdefghijklmnopqrstuvwxyz{|}~", "→←↑↓█◆▒␉␌␍␊°±▒␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"))


def look(state, sequence):
    numbers = [int(n or 0) for n in re.split("[;:]", sequence)]
    i = 0
    while i < len(numbers):
        n = numbers[i]
        if n == 0:
            state.clear()
        elif n in ON:
            state[ON[n]] = True
        elif n in OFF:
            for name in OFF[n].split():
                state.pop(name, None)
        elif n in (38, 48):
            size = 3 if numbers[i + 1] == 5 else 5
            state[n] = tuple(numbers[i + 2:i + size])
            i += size - 1
        elif n in (39, 49):
            state.pop(n - 1, None)
        elif 30 <= n <= 37 or 90 <= n <= 97:
            state[38] = (n - 30 if n < 90 else n - 82,)
        elif 40 <= n <= 47 or 100 <= n <= 107:
            state[48] = (n - 40 if n < 100 else n - 92,)
        i += 1


def seen(state, char):
    if char != " ":
        return state
    lines = {"under", "reverse", "struck"}
    kept = lines | {38, 48} if state.keys() & lines else {48}
    return {k: v for k, v in state.items() if k in kept}


def cols(char):
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def capture(socket, target):
    return subprocess.run(["tmux", "-S", socket, "capture-pane", "-pe", "-t", target], timeout=10,
                          stdout=subprocess.PIPE, check=True).stdout.decode(errors="replace")


def cells(text, left, top, width, height):
    """Lines: each run of one look."""
    state, charset, lines = {}, False, []
    for row, line in enumerate(text.split("\n")):
        x, runs = 0, []
        for sequence, shift, char in re.findall("\x1b\\[([0-9;:]*)m|([\x0e\x0f])|(.)", line):
            if shift:
                charset = shift == "\x0e"
            elif not char:
                look(state, sequence)
            elif cols(char) == 0:
                if runs and left <= x - 1 < left + width:
                    runs[-1][2] += char
            else:
                how = " ".join(f"{k}={v}" for k, v in sorted(seen(state, char).items(), key=str))
                char = DRAWING.get(char, char) if charset else char
                if left <= x < left + width:
                    if runs and runs[-1][1] == how:
                        runs[-1][2] += char
                    else:
                        runs.append([x, how, char])
                x += cols(char)
        while runs and not runs[-1][2].rstrip(" "):
            runs.pop()
        if runs:
            runs[-1][2] = runs[-1][2].rstrip(" ")
        if top <= row < top + height:
            lines += [f"{row - top} {begin - left} [{how}] {part}" for begin, how, part in runs]
    return lines


def main():
    seconds, left, top, width, height = [int(n) for n in sys.argv[1:6]]
    one, other = sys.argv[6:8], sys.argv[8:10]
    end = time.monotonic() + seconds
    while True:
        text = capture(*other)
        want, got = cells(text, 0, 0, width, height), cells(capture(*one), left, top, width, height)
        if want == got and capture(*other) == text:
            return 0
        if time.monotonic() > end:
            print("\n".join(difflib.unified_diff(want, got, "wanted", "shown", lineterm="", n=0)))
            return 1
        time.sleep(0.03)


if __name__ == "__main__":
    sys.exit(main())
