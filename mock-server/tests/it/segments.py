#!/usr/bin/env python3
"""Writes segments.jsonl: 200 texts, and the parts that each takes.

Nothing here is shared with the stub. Texts are encoded, to septets of GSM 03.38 or to UTF-16 code
units, and the codes are cut as a handset would get them: at most 153 septets or 67 units a part,
never between an escape and its character or between two surrogates. The alphabet is the standard's
own, by code position, without what AWS's table leaves out (the form feed).

A text is written as runs: [["a", 160]] is 160 times the letter a.

    python3 segments.py           writes the file
    python3 segments.py --check   says whether the file is what this program writes
"""

import json
import pathlib
import random
import sys

FILE = pathlib.Path(__file__).with_name("segments.jsonl")
COUNT = 200
ESCAPE = 0x1B

# Code positions 0x00 to 0x7F, sixteen a row; the escape itself stands for no character.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
EXTENSION = {"^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65}


def septets(text):
    """The codes of a text in GSM 03.38; None if it has a character that is not in it."""
    codes = []
    for character in text:
        if character in EXTENSION:
            codes += [ESCAPE, EXTENSION[character]]
        elif character != "\0" and character in BASIC:
            codes.append(BASIC.index(character))
        else:
            return None
    return codes


def utf16(text):
    data = text.encode("utf-16-be")
    return [data[at] << 8 | data[at + 1] for at in range(0, len(data), 2)]


def cut(codes, alone, in_company, opens_a_pair):
    """How many parts the codes take."""
    if len(codes) <= alone:
        return 1
    parts = 0
    while codes:
        length = min(in_company, len(codes))
        if length < len(codes) and opens_a_pair(codes[length - 1]):
            length -= 1
        codes = codes[length:]
        parts += 1
    return parts


def count(text):
    codes = septets(text)
    if codes is not None:
        return "GSM", len(codes), cut(codes, 160, 153, lambda code: code == ESCAPE)
    codes = utf16(text)
    return "UCS2", len(codes), cut(codes, 70, 67, lambda code: 0xD800 <= code < 0xDC00)


def cases():
    """Runs of every text, in order, some more than once."""
    # The borders of each alphabet, by characters that take one code and by those that take two.
    for single, double, alone, in_company in [("a", "€", 160, 153), ("验", "😀", 70, 67)]:
        borders = [alone] + [in_company * parts for parts in (2, 3, 4, 9)]
        for border in borders:
            for length in (border - 1, border, border + 1):
                yield [(single, length)]
            yield [(double, border // 2)]
            yield [(double, border // 2 + 1)]
        # A pair just before, across and just behind the place where a part ends.
        for parts in (1, 2, 5):
            for before in (in_company * parts - 2, in_company * parts - 1, in_company * parts):
                yield [(single, before), (double, 1), (single, 30)]
                yield [(single, before), (double, 1), (single, in_company)]
        # Every part but the last loses a place to a pair: one part more than the sum of codes says.
        for parts in (2, 3, 6):
            yield [(single, 1), (double, in_company * parts // 2)]
            yield [(double, in_company * parts // 2), (single, 1)]
    # The longest that the service sends, and one more.
    for runs in ([("a", 1530)], [("a", 1531)], [("验", 630)], [("验", 631)], [("€", 765)], [("😀", 315)]):
        yield runs
    # Single characters that look as if they belonged to the alphabet, and some that do.
    for character in "`çáíóúâêôãõÁÀÈ’‘“”–—…ªº°·\t\f\u00a0\u200b\u0301ñéàÇß¡¿ΩΣαω€^|~\\[]{}\n\r":
        yield [("a", 159), (character, 1)]
    # Line ends count like letters.
    yield [("line\r\n", 26), ("end", 1)]
    yield [("line\r\n", 26), ("ends", 1), ("!", 1)]
    yield [("\n", 160)]
    yield [("\r\n", 81)]
    # Emoji of more than one code point, and what stands alone in UTF-16.
    for text in ("👍🏽", "👨‍👩‍👧‍👦", "🇧🇷", "e\u0301", "𝟙𝟚𝟛", "\ufffd", "क्षि", "עברית", "ไทย"):
        yield [(text, 1)]
        yield [(text, 25)]
    # Whatever else: mixtures drawn with a seed.
    chance = random.Random(20261123)
    alphabets = ["abc XYZ 0189", "abc€{}[]~|^\\", "àéèñöüßÇΔΦ", "ação é já", "验证码是", "ok 😀🚀 验"]
    while True:
        alphabet = chance.choice(alphabets)
        length = chance.choice([6, 40, 67, 70, 71, 134, 135, 153, 160, 161, 306, 307, 500])
        yield [(chance.choice(alphabet), chance.randint(1, max(1, length // 4))) for _ in range(8)]


def lines():
    seen = set()
    for runs in cases():
        text = "".join(piece * times for piece, times in runs)
        if text.strip() and text not in seen and len(seen) < COUNT:
            seen.add(text)
            encoding, slots, parts = count(text)
            row = {"text": runs, "encoding": encoding, "slots": slots, "parts": parts}
            yield json.dumps(row, ensure_ascii=True)
        if len(seen) == COUNT:
            return


def main():
    assert len(BASIC) == 128
    written = "".join(f"{line}\n" for line in lines())
    if sys.argv[1:] == ["--check"]:
        same = FILE.read_text(encoding="ascii") == written
        print(f"{FILE.name} is {'what' if same else 'not what'} this program writes")
        return 0 if same else 1
    FILE.write_text(written, encoding="ascii")
    print(f"{COUNT} texts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
