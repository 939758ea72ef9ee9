#!/usr/bin/env python3
"""usage: vttest.py SECONDS LEFT TOP COLS ROWS SOCKET TARGET SOCKET TARGET MENU...

Walks through those menus of vttest, which runs in the second pane and shows its main menu, and
compares each of its screens with the part of the first pane as samecells.py does. Lines: "+ WHERE"
for a screen that is the same, "- WHERE" for one that is not, with the differences below it. A menu
that was there before, under another number, is left at once; so is what LEFT_OUT names.
"""
import difflib
import re
import subprocess
import sys
import time

import samecells

# Menu and title of items. Reports from VT320 on show what tmux answers, which is not for a tile to say;
# tests of keyboards and mice show what is pressed, those of printers nothing.
LEFT_OUT = re.compile(r"^11[.](2|3|4|8).* report|keyboard|keys|printer|mouse|window report", re.I)
# What is asked for where RETURN alone is not enough.
ANSWERS = {"Please enter": ("abc", "Enter")}
# So long a screen that looks like the one before is waited for; others are seen to come.
SAME_SECONDS = 1.0
SCREENS_MAX = 1000


class Walk:
    def __init__(self, seconds, area, one, other):
        self.seconds, self.area, self.one, self.other = seconds, area, one, other
        self.text, self.next, self.bodies, self.screens = "", {}, {}, 0

    def push(self, *keys):
        subprocess.run(["tmux", "-S", self.other[0], "send-keys", "-t", self.other[1], *keys],
                       timeout=10, check=True)

    def compare(self, where):
        """The next screen, as text; once it is the same, or too late for that."""
        begin = time.monotonic()
        while True:
            text = samecells.capture(*self.other)
            want = samecells.cells(text, 0, 0, *self.area[2:])
            got = samecells.cells(samecells.capture(*self.one), *self.area)
            age = time.monotonic() - begin
            if want == got and (text != self.text or age > SAME_SECONDS) and samecells.capture(*self.other) == text:
                break
            if age > self.seconds:
                break
            time.sleep(0.02)
        self.screens += 1
        self.text = text
        print("+" if want == got else "-", f"{where}: screen {self.screens}", flush=True)
        if want != got:
            print("\n".join(difflib.unified_diff(want, got, "wanted", "shown", lineterm="", n=0)))
        return re.sub("\x1b\\[[0-9;:]*m|[\x0e\x0f]", "", text)

    def choose(self, menu, plain):
        """The next item of it that is not left out; 0 when there is none."""
        items = {int(n): title for n, title in re.findall(r"^ *(\d+)\. (.*)$", plain, re.M)}
        body = re.sub(r"^ *Menu .*:", "", plain, flags=re.M)
        if self.bodies.setdefault(body, menu) != menu:
            return 0
        for number, title in sorted(items.items()):
            if number > self.next.get(menu, 0) and not LEFT_OUT.search(f"{menu} {title}"):
                self.next[menu] = number
                return number
        return 0

    def menu(self, number):
        where = str(number)
        self.push(where, "Enter")
        while self.screens < SCREENS_MAX:
            plain = self.compare(where)
            menu = (re.findall(r"^ *Menu ([0-9.]+):", plain, re.M) or [str(number)])[0]
            if "Enter choice number" not in plain:
                self.push(*next((keys for words, keys in ANSWERS.items() if words in plain), ["Enter"]))
            elif "VT100 test program" in plain:
                return True
            else:
                item = self.choose(menu, plain)
                where = f"{menu}.{item}" if item else menu
                self.push(str(item), "Enter")
        return False


def main():
    walk = Walk(int(sys.argv[1]), [int(n) for n in sys.argv[2:6]], sys.argv[6:8], sys.argv[8:10])
    for number in sys.argv[10:]:
        print("+" if walk.menu(number) else "-", f"menu {number} ends", flush=True)


main()
