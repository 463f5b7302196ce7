"""A login by a system outside that is not said to be a provider of logins.

What: `provider` of an oauth login names an external system whose kind is not oidc.
Why: what is checked of providers is not checked of it: that its URL is of https, and that it is no provider of development whose passwords stand in a manual. And what is no
provider has no discovery document: nobody can log in.
Fix: kind: oidc, if it is one; else name the one that is.
Source: OpenID Connect Discovery 1.0, section 4; docs/identity.md; spec rows A9, P10.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology.types import Topology


@rule("EXT005", Severity.ERROR)
def login_by_what_is_no_provider(topology: Topology) -> Iterator[Fault]:
    """The system that each login is by; each system once."""
    by = {
        own.provider: ("services", service.name, "oauth", index, "provider")
        for service in topology.services.values()
        for index, own in enumerate(service.oauth)
    }
    for name, login in by.items():
        external = topology.externals[name]
        if external.kind != "oidc":
            yield Fault(
                path=("externals", name, "kind"),
                what=f'people log in by "{name}", which is of kind {external.kind}',
                why=f'1. A service asks "{name}" who somebody is. 2. Of a system of kind {external.kind} nobody has looked whether it may be asked that: over http, or with '
                "passwords that everybody knows, it would be believed all the same.",
                fix="kind: oidc, or the name of another one there",
                becomes="oidc",
                related=((login, "the login"),),
            )
