"""Run in the services' own environment: what auth does to log in by a provider, and what a browser does in between. Says who came back, and how.

login.py ISSUER CLIENT REDIRECT SECRET_FILE AUTHORITY NAME PASSWORD
"""

# What it imports is installed there, and not where the repository is checked.
# pyright: reportMissingImports=false

import asyncio
import json
import re
import sys
from urllib.parse import parse_qs, urljoin, urlsplit

import niquests
from tube_platform.external import External
from tube_platform.oidc.provider import Attempt, Provider
from tube_platform.wiring import ExternalWiring, LoginWiring

LONG = 60.0


async def main(issuer: str, client: str, redirect: str, secret: str, authority: str, *person: str) -> None:
    """One login."""
    way = ExternalWiring(
        issuer, "http3", LONG, fallback="http2", address="127.0.0.1", authority_file=authority
    )
    external = External("id", way)
    await external.start()
    provider, attempt = Provider(LoginWiring(issuer, client, redirect, secret), external), Attempt()
    told = await visit(await provider.address(attempt), redirect, authority, *person)
    assert told["state"] == attempt.state
    identity = await provider.exchange(told["code"], attempt, told.get("iss", ""))
    ways = sorted(external._sessions)
    await external.close()
    print(json.dumps({"issuer": identity.issuer, "subject": identity.subject, "ways": ways}))


async def visit(address: str, redirect: str, authority: str, name: str, password: str) -> dict[str, str]:
    """Log in at the provider's page; what it sends back."""
    host = urlsplit(address).hostname
    async with niquests.AsyncSession(resolver=f"in-memory://default?hosts={host}:127.0.0.1") as browser:
        browser.verify, browser.trust_env = authority, False
        page = await browser.get(address)
        text, here = page.text or "", str(page.url)
        form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
        action = urljoin(here, re.findall(r'action="([^"]+)"', text)[0])
        data = {**form, "username": name, "password": password}
        sent = await browser.post(action, data=data, allow_redirects=False)
        while not (found := urljoin(action, str(sent.headers["location"]))).startswith(redirect):
            sent = await browser.get(found, allow_redirects=False)
    return {key: values[0] for key, values in parse_qs(urlsplit(found).query).items()}


asyncio.run(main(*sys.argv[1:]))
