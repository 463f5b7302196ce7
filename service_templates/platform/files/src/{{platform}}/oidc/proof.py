"""What only whoever began a login knows, and what may be told of it: the proof key of RFC 7636, the state, the nonce."""

import base64
import hashlib
import hmac
import re
import secrets

BYTES = 32
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def secret() -> str:
    """Something that nobody guesses, of characters that fit everywhere."""
    return secrets.token_urlsafe(BYTES)


def digest(text: str) -> bytes:
    """What is stored of a secret; it is random enough that a plain hash hides it."""
    return hashlib.sha256(text.encode()).digest()


def challenge(verifier: str) -> str:
    """What is told of a verifier beforehand (S256)."""
    return base64.urlsafe_b64encode(digest(verifier)).rstrip(b"=").decode()


def proves(verifier: str, challenged: str) -> bool:
    """Whether this is the verifier of a challenge."""
    fits = VERIFIER.fullmatch(verifier) is not None
    return fits and hmac.compare_digest(challenge(verifier), challenged)
