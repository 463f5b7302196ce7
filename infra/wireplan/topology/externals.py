"""Systems that are not ours, and logins by them: as resolved, and as services are told (spec rows A9, P10)."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from wireplan.model.base import unsaid
from wireplan.model.calls import Breaker as WrittenBreaker
from wireplan.model.stores import External as Written
from wireplan.topology import breakers, defaults, names
from wireplan.topology.context import Context, pick, seconds, share
from wireplan.topology.types import Breaker, External, OAuth, Path, Service, Topology

HOP = 0.05
"""Seconds that a service keeps back to answer in when a system outside does not, as it does of each hop."""


LEAST = 0.001
"""Of who waits less than a hop, rules speak; a request has some time all the same."""


def externals(context: Context, services: Mapping[str, Service]) -> dict[str, External]:
    """Every system that is not ours."""
    longest = patience(context, services) if context.system.externals else {}
    return {
        name: external(context, name, w, longest.get(name)) for name, w in context.system.externals.items()
    }


def patience(context: Context, services: Mapping[str, Service]) -> dict[str, float]:
    """How long each can be waited for by those that use it, before who waits for them is gone. Seconds."""
    found: dict[str, float] = {}

    def waited(service: Service, seconds: float) -> None:
        for name in service.asked:
            found[name] = min(seconds - HOP, found.get(name, seconds))

    for service in services.values():
        for call in service.calls.values():
            waited(services[call.callee], call.deadline)
        for group in service.consumes.values():
            waited(service, group.handler_timeout)
        for channel in service.channels.values():
            limit = service.consumes[channel.topic].handler_timeout
            found[channel.through] = min(limit - HOP, found.get(channel.through, limit))
    for edge in context.system.edges.values():
        budget = seconds(context.profile, defaults.BUDGET, edge.budget)
        for route in edge.routes:
            if route.to in services:
                waited(services[route.to], budget)
    return found


def external(context: Context, name: str, written: Written, longest: float | None) -> External:
    """One system that is not ours. Its breaker is that of calls between services."""
    usual = defaults.EXTERNAL_TIMEOUT.of(context.profile)
    fits = usual if longest is None else min(usual, max(LEAST, longest))
    provider = pick(context.profile, defaults.EXTERNAL_PROVIDER, written.provider)
    fallback = pick(context.profile, defaults.EXTERNAL_FALLBACK, written.fallback)
    return External(
        name=name,
        kind=written.kind,
        protocol=written.protocol,
        url=written.url,
        timeout=fits if written.timeout is None else float(written.timeout),
        provider=provider,
        fallback=fallback if written.protocol == "http3" and fallback != "none" else None,
        hosts=tuple(written.hosts),
        own_authority=written.authority == "own" or (written.authority is None and provider == "builtin"),
        address=names.dns(names.external(name), names.OUTSIDE) if provider == "builtin" else None,
        tls_secret=names.external_tls(name),
        breaker=breakers.breaker(unsaid(WrittenBreaker), context),
        availability=share(written.availability),
        tls=written.tls or ("implicit" if written.url.startswith("smtps:") else "starttls")
        if written.protocol == "smtp"
        else None,
        auth=written.auth,
        user=(written.user or context.system.system) if written.auth == "password" else None,
        auth_secret=names.external_auth(name) if written.auth else None,
    )


def login(provider: External, own: OAuth) -> dict[str, Any]:
    """Login by a provider: who it is, who we are to it, and what of its answer is believed (spec row A9)."""
    return {
        "issuer": provider.url,
        "client_id": own.client_id,
        "redirect_uri": own.redirect_uri,
        "client_secret_file": f"{names.SECRETS}/login-{own.provider}/client_secret",
        "algorithms": list(own.algorithms),
        "apps": list(own.apps),
    }


def wired(own: External) -> dict[str, Any]:
    """The way to a system that is not ours (spec row P10)."""
    return {
        "url": own.url,
        "protocol": own.protocol,
        "fallback": own.fallback,
        "hosts": list(own.hosts),
        "address": own.address,
        "timeout": own.timeout,
        "authority_file": f"{names.SECRETS}/external-{own.name}/ca.crt" if own.own_authority else None,
        **shown(own),
        **breakers.wired(own.breaker),
    }


def shown(own: External) -> dict[str, Any]:
    """How we show who we are, and how SMTP is hidden; nothing where there is neither."""
    found = {
        "tls": own.tls,
        "user": own.user,
        "auth_file": f"{names.SECRETS}/auth-{own.name}/{own.auth}" if own.auth else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def timeout(topology: Topology, path: Path) -> str:
    """Of a system that names none."""
    found = topology.externals[str(path[1])].timeout
    if found >= defaults.EXTERNAL_TIMEOUT.value:
        return ""
    return "what the least patient has who waits for a service that uses it, less 50 ms for the hop"


def said(text: str) -> Callable[[Topology, Path], str]:
    """A formula that needs no numbers."""
    return lambda _topology, _path: text


NAME = said("made from the name")
FORMULAS: dict[str, Callable[[Topology, Path], str]] = {
    "services.*.externals": said("those it names, and those that one logs in by"),
    "services.*.oauth.*.pkce": said("S256: the only way that proves anything (RFC 7636)"),
    "services.*.oauth.*.client_id": said("the system's name"),
    "services.*.oauth.*.redirect_uri": said("a path of the first load balancer"),
    "services.*.oauth.*.secret": NAME,
    "externals.*.timeout": timeout,
    "externals.*.tls_secret": NAME,
    "externals.*.address": said("the Service of the one that is brought"),
    "externals.*.tls": said("starttls, or implicit where the scheme is smtps"),
    "externals.*.user": said("the system's name"),
    "externals.*.auth_secret": NAME,
    "externals.*.own_authority": said("true where authority is own, or the provider is builtin"),
    **{f"externals.*.breaker.{each.name}": said("as of calls between services") for each in fields(Breaker)},
}
"""By the pattern of a value's path, as in `derived`."""
