"""Hostile files, each read in this process; run as a child whose memory and processor time the system limits.

Prints, as JSON and a line for each file, what the loader said: the first places, all codes, how many findings, and how long a report of them is.
"""

import json
import resource
import sys
from collections.abc import Mapping

from wireplan.load import limits
from wireplan.load.read import Loaded, load, shown
from wireplan.report import text
from wireplan.report.run import Checked, Run

MEMORY = 1024 * 1024 * 1024
PROCESSOR = 60
"""Seconds for all of them together, ten times what they take."""

HEAD = "system: s\nservices:\n"
LONG = 300_000
"""Letters. Walked again from each of them, they would take minutes."""
SOME = limits.FAULTS + 5


def files() -> Mapping[str, str | bytes]:
    """The text of each file by what is in it."""
    return {**of_structure(), **of_numbers_and_names(), **of_letters()}


def of_structure() -> dict[str, str | bytes]:
    """Files that would grow, or go deep, while they are read."""
    laughs = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    return {
        "a billion laughs": f"a0: &a0 [x]\n{laughs}",
        "an alias of itself": "system: s\nservices: &a {b: *a}\n",
        "the same anchor twice": "system: &a s\nservices: &a {}\n",
        "a brace bomb": "a: " + "{" * LONG,
        "a bracket bomb, closed": "a: " + "[" * LONG + "]" * LONG,
        "dashes in dashes": "- " * LONG + "a\n",
        "questions in questions": "? " * LONG + "a\n",
        "an indent of very many spaces": "a:\n" + " " * LONG + "b: 1\n",
        "more small values than are taken apart": "a: [" + ":," * limits.VALUES + "0]\n",
        "as many small values as are taken apart": "a: [" + "0," * (limits.VALUES - 10) + "0]\n",
        "more bytes than are read": b"#" * (limits.BYTES + 1),
        "very many documents": "---\n" * SOME,
        "a document after the topology": f"{HEAD}  a: {{}}\n---\n{HEAD}  b: {{}}\n",
        "very many unknown keys": "".join(f"key-{n}: 1\n" for n in range(3000)),
        "one key very many times": HEAD + "  a: {}\n" * SOME,
        "very many bad names in a list": "system: s\nservices: [" + ", ".join(f"A{n}" for n in range(SOME)) + "]\n",
        "very many names of nothing": f"{HEAD}  a: {{calls: [" + ", ".join(f"b{n}" for n in range(SOME)) + "]}\n",
        "very many names next to very many others": HEAD + "".join(f"  s{n}: {{calls: [t{n}]}}\n" for n in range(600)),
        "merge keys": f"{HEAD}  a: {{<<: {{}}, <<: {{}}}}\n",
        "a tag that runs a program": f"{HEAD}  a: !!python/object/apply:os.system ['true']\n",
        "a tag of nobody": f"{HEAD}  a: !mine {{}}\n",
    }  # fmt: skip


def of_numbers_and_names() -> dict[str, str | bytes]:
    """Long texts in places where something short is expected."""
    return {
        "a number of very many digits": f"{HEAD}  a: {{replicas: {'9' * LONG}}}\n",
        "a float of very many digits": f"{HEAD}  a: {{replicas: 0.{'9' * LONG}}}\n",
        "an infinite number": f"{HEAD}  a: {{replicas: .inf}}\n",
        "a number that is none": f"{HEAD}  a: {{replicas: .nan}}\n",
        "a float beyond all floats": f"{HEAD}  a: {{replicas: 1e999999}}\n",
        "a hexadecimal number that is long": f"{HEAD}  a: {{replicas: 0x{'f' * LONG}}}\n",
        "digits and underscores": f"{HEAD}  a: {{replicas: 1{'_' * LONG}x}}\n",
        "a duration of very many digits": f"{HEAD}  a: {{shutdown: {{grace: {'9' * LONG}s}}}}\n",
        "a rate of very many digits": f"{HEAD}  a: {{rate_limit: {{rate: {'9' * LONG}/s, burst: 1, store: c}}}}\n",
        "a key of very many letters": f"{HEAD}  ? {'a' * LONG}\n  : {{}}\n",
        "an unknown key of very many letters": f"system: s\nservices: {{}}\n? {'a' * LONG}\n: 1\n",
        "a text of ten megabytes": f"{HEAD}  a: {{tier: {'a' * 10_000_000}}}\n",
        "a text of a megabyte": f"{HEAD}  a: {{tier: {'a' * 1_000_000}}}\n",
        "letters that may begin an address": f"{HEAD}  a: {{tier: {'a+' * (LONG // 2)}}}\n",
        "letters that may begin a token": f"{HEAD}  a: {{tier: {'eyJaaaaaaaa-' * (LONG // 12)}}}\n",
        "keys of secrets on one line": f"{HEAD}  a: [{'PASSWORD: ' * (LONG // 10)}\n",
        "a quote that is not closed": f"{HEAD}  a: '{'x' * LONG}\n",
    }  # fmt: skip


def of_letters() -> dict[str, str | bytes]:
    """Letters that readers take differently, or not at all."""
    return {
        "a byte-order mark": b"\xef\xbb\xbf" + f"{HEAD}  a: {{}}\n".encode(),
        "a byte-order mark in the middle": f"{HEAD}  a\ufeff: {{}}\n",
        "UTF-16": f"{HEAD}  a: {{}}\n".encode("utf-16"),
        "UTF-32": f"{HEAD}  a: {{}}\n".encode("utf-32"),
        "a surrogate in bytes": b"system: s\nservices: {a: {tier: \xed\xa0\x80}}\n",
        "a surrogate in an escape": f'{HEAD}  a: {{tier: "\\ud800"}}\n',
        "an overlong slash": b"system: s\nservices: {a: {tier: \xc0\xaf}}\n",
        "a zero byte": f"{HEAD}  a: {{tier: \0}}\n",
        "control letters": f"{HEAD}  a: {{tier: \x1b[31m}}\n",
        "a control letter in an escape": f'{HEAD}  a: {{tier: "\\e[31m"}}\n',
        "a next line": f"{HEAD}  a: {{tier: vital\x85}}\n",
        "a line separator": f"{HEAD}  a: {{tier: vital\u2028}}\n",
        "letters from right to left": f"{HEAD}  \u202egnorw: {{}}\n",
        "letters that look alike": f"{HEAD}  \u0430pi: {{}}\n",
        "carriage returns and line feeds": f"{HEAD}  a: {{}}\n".replace("\n", "\r\n").encode(),
        "carriage returns alone": f"{HEAD}  a: {{}}\n".replace("\n", "\r").encode(),
        "a tab": f"{HEAD}\ta: {{}}\n",
        "nothing": b"",
    }


def said(content: str | bytes) -> dict[str, object]:
    """What is said of one file: by the loader, and on the screen."""
    data = content.encode() if isinstance(content, str) else content
    loaded: Loaded = load(lambda _: data, "t.yaml")
    run = Run("t.yaml", (Checked("default", "prod", loaded.findings[:100]),), shown(loaded.sources), 0)
    return {
        "found": [f"{f.at.line}:{f.at.column} {f.code}" for f in loaded.findings[:3]],
        "codes": sorted({f.code for f in loaded.findings}),
        "count": len(loaded.findings),
        "letters": len(text.render(run)),
    }


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
    for name, content in files().items():
        sys.stdout.write(json.dumps([name, said(content)]) + "\n")
        sys.stdout.flush()
