"""Requests for the tests, which live in another environment: a line of JSON in, a line of JSON out.

    {"session": "a", "options": {"disable_http3": true}, "method": "GET", "url": "https://...", "json": {...}}
    {"status": 200, "version": "HTTP/2", "headers": {...}, "body": "<base64>"}        or        {"error": "ReadTimeout: ..."}

A session keeps its connections and what it learned of HTTP/3; one with a new name begins as a new browser does. A line with
`{"together": [...]}` is several requests at the same moment; its answer is a list.
"""

import base64
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import niquests
import web


def main(authority: str) -> None:
    """Answer until the input ends."""
    sessions: dict[str, niquests.Session] = {}

    def open_session(asked: dict[str, Any]) -> niquests.Session:
        name, options = asked.pop("session", ""), asked.pop("options", {})
        if name not in sessions:
            sessions[name] = web.session(authority, **options)
        return sessions[name]

    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        questions = asked.get("together", [asked])
        ready = [(open_session(each), each) for each in questions]
        with ThreadPoolExecutor(len(ready)) as pool:
            answers = list(pool.map(lambda each: _answer(*each), ready))
        print(json.dumps(answers if "together" in asked else answers[0]), flush=True)


def _answer(using: niquests.Session, asked: dict[str, Any]) -> dict[str, Any]:
    method, url = asked.pop("method"), asked.pop("url")
    if "data" in asked:
        asked["data"] = base64.b64decode(asked["data"])
    try:
        found = web.ask(using, method, url, **asked)
    except web.NoAnswerError as error:
        return {"error": str(error)}
    return asdict(found) | {"body": base64.b64encode(found.body).decode()}


if __name__ == "__main__":
    main(sys.argv[1])
