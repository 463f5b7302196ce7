"""What stands in for a relay and for gateways, sent to by the platform's own code: they understand each other, and a second copy is known as one (row M3)."""

import datetime
import json
from pathlib import Path

import pytest
from wireplan.rim.images import jobs
from wireplan.rim.program import secrets

from tests.workspace import uv

ROOT = Path(__file__).resolve().parents[2]
SENDING = Path(__file__).with_name("sending.py")


@pytest.mark.workspace
@pytest.mark.row("M3")
def test_what_services_send_is_taken_once_and_shown(tmp_path: Path) -> None:
    vouching: list[str] = []
    for host in ("mail.localhost", "push.localhost"):
        made = secrets.certificate((host,), datetime.datetime.now(datetime.UTC))
        (tmp_path / f"{host}.crt").write_text(made["chain"])
        (tmp_path / f"{host}.key").write_text(made["key"])
        vouching.append(made["authority"])
    (tmp_path / "ca.crt").write_text("".join(vouching))
    (tmp_path / "auth").write_text("what both know")
    services = ROOT / "stacks/tube/services"
    said = uv(services, "run", "--frozen", "python", SENDING, jobs.TOOLS / "sink.py", tmp_path)
    found = json.loads(said.splitlines()[-1])
    for way in ("mail", "push", "sms"):
        assert found[way]["said"] == ["taken", "taken", "Unavailable"], way
    (mail,), (push,), (sms,) = (found[way]["kept"] for way in ("mail", "push", "sms"))
    assert (mail["to"], mail["subject"], mail["copies"]) == ("ann@example.org", "Ready", 2)
    assert mail["message_id"] == "<1@tube.example>"
    assert (push["to"], push["title"], push["from"], push["copies"]) == ("device-1", "Ready", "tube", 2)
    assert (sms["to"], sms["text"], sms["copies"]) == ("+491701234567", "Ready", 2)
