"""Nothing that is secret is told: not in a log, not in what wireplan prints or renders, not in the state (issue: canary)."""

import base64
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cluster.tube.freeze import frozen
from tests.cluster.tube.kube import Kube, RefusedError
from tests.cluster.tube.system import ROOT, wireplan
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import Browser, NoAnswerError, User

STACK = ROOT / "stacks" / "tube"
SHORTEST = 12
"""Shorter values (a user name, a region) are no secrets, and occur everywhere."""

PUBLIC = {"tls.crt", "ca.crt", "username"}


def secrets(kube: Kube) -> Iterator[tuple[str, str]]:
    """Every secret value of the namespace, and the lines of those that have lines."""
    for secret in kube.get("secrets"):
        for key, encoded in (secret.get("data") or {}).items():
            if key in PUBLIC or key.endswith(".crt"):
                continue
            text = base64.b64decode(encoded).decode(errors="replace")
            name = f"{secret['metadata']['name']}/{key}"
            for line in text.split("\n"):
                if len(line) >= SHORTEST and not line.startswith("-----"):
                    yield name, line


@pytest.fixture(scope="module")
def needles(kube: Kube, user: User, stranger: User) -> dict[str, str]:
    """What must not be found: secrets of the system, of its users, and a planted one. The value, and what it is."""
    found = {value: name for name, value in secrets(kube)}
    assert any(name.startswith("pg-main-") for name in found.values())
    canary = f"canary-{uuid.uuid4()}"
    somebody = {"email": f"{uuid.uuid4()}@example.com", "password": canary}
    user.browser.ask("POST", "/v1/accounts", json=somebody).expect(201)
    tokens = user.browser.ask("POST", "/v1/login", json=somebody).expect(200).json
    renewed = (
        user.browser.ask("POST", "/v1/token", json={"refresh_token": tokens["refresh_token"]})
        .expect(200)
        .json
    )
    user.browser.ask("POST", "/v1/login", json={**somebody, "password": canary + "wrong"}).expect(401)
    user.browser.ask("POST", "/v1/accounts", json={"email": canary, "password": [canary]}).expect(400)
    caller = replace(user, tokens=renewed, since=0.0)
    made = caller.create("signed").expect(201).json
    user.browser.ask("PUT", made["upload_url"], data=user.film).expect(200)
    with frozen(
        kube, "objects-0", container="versitygw"
    ):  # what goes wrong is logged elsewhere than what goes right
        assert user.browser.ask("PUT", made["upload_url"], data=user.film, timeout=30).status >= 500
    eventually(lambda: caller.complete(made["video_id"]).expect(200), "the store has woken up")
    signature = made["upload_url"].split("X-Amz-Signature=")[1].split("&")[0]
    return found | {
        canary: "a user's password",
        tokens["access_token"].rsplit(".", 1)[1]: "an access token's signature",
        renewed["access_token"].rsplit(".", 1)[1]: "an access token's signature",
        tokens["refresh_token"]: "a refresh token",
        renewed["refresh_token"]: "a refresh token",
        signature: "the signature of an address",
    }


def told(text: str, needles: dict[str, str]) -> set[str]:
    """Names of the secrets that a text tells, plainly or in base64."""
    return {
        name
        for value, name in needles.items()
        if value in text or base64.b64encode(value.encode()).decode().rstrip("=") in text
    }


def test_no_log_of_a_pod_tells_a_secret(kube: Kube, needles: dict[str, str]) -> None:
    read = 0
    for pod in kube.get("pods"):
        restarted = {
            each["name"]
            for kind in ("containerStatuses", "initContainerStatuses")
            for each in pod["status"].get(kind) or ()
            if each["restartCount"]
        }
        for container in [*pod["spec"]["containers"], *pod["spec"].get("initContainers", ())]:
            for previous in ("false", "true")[: 1 + (container["name"] in restarted)]:
                name = pod["metadata"]["name"]
                try:
                    text = kube.log(name, container["name"], previous=previous)
                except RefusedError:  # it has not begun, or was never before
                    continue
                read += len(text)
                assert told(text, needles) == set(), f"{name}/{container['name']}"
    assert read > 10_000


def test_no_object_but_the_secrets_tells_a_secret(kube: Kube, needles: dict[str, str]) -> None:
    kinds = "pods,configmaps,deployments,statefulsets,jobs,services,events,networkpolicies,clusters.postgresql.cnpg.io"
    assert told(kube.run("get", kinds, "--output=yaml"), needles) == set()


@pytest.mark.parametrize(
    "words",
    [
        ("validate", STACK, "--format", "json"),
        ("show", "upload", STACK, "--env", "local"),
        ("status", STACK, "--stack", "local"),
        ("up", STACK, "--stack", "local"),
    ],
    ids=lambda words: words[0],
)
def test_nothing_that_wireplan_prints_tells_a_secret(
    words: tuple[object, ...], kube: Kube, needles: dict[str, str]
) -> None:
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "wireplan", *(str(word) for word in words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr  # an error, which is told on stderr alone, would show nothing
    assert told(done.stdout + done.stderr, needles) == set()


def test_nothing_that_is_rendered_tells_a_secret(kube: Kube, needles: dict[str, str], tmp_path: Path) -> None:
    wireplan("render", STACK, "--env", "local", "--out", tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert told("\n".join(path.read_text() for path in files), needles) == set()


def test_the_state_holds_secrets_only_encrypted(kube: Kube, needles: dict[str, str]) -> None:
    files = [path for path in (STACK / "state").rglob("*") if path.is_file()]
    assert files
    text = "\n".join(path.read_text(errors="replace") for path in files)
    assert json.dumps("ciphertext") in text
    assert told(text, needles) == set()


def test_an_error_tells_no_secret(browser: Browser, needles: dict[str, str]) -> None:
    canary = next(value for value, name in needles.items() if name == "a user's password")
    body = {"email": "somebody@example.com", "password": canary}
    for path in ("/v1/login", "/v1/token", "/v1/nothing"):
        try:
            assert told(browser.ask("POST", path, json=body).body.decode(), needles) == set()
        except NoAnswerError as error:
            pytest.fail(str(error))
