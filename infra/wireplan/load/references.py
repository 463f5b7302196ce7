"""References inside a system (YML030 to YML049). One cause gives one finding: what hangs on a missing name is not reported again."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from wireplan.findings import Finding
from wireplan.load import of_changes, of_channels, of_drills, of_providers, of_services, of_system
from wireplan.load.names import Found, Names, Unknown, told
from wireplan.model.services import Service
from wireplan.model.splitting import spread

CHECKS: tuple[Callable[[Names], Iterator[Found]], ...] = (
    of_system.edges,
    of_system.strays,
    of_system.routes,
    of_system.databases,
    of_system.owners,
    of_system.messages,
    of_system.groups,
    of_system.contracts,
    of_system.sagas,
    of_providers.providers,
    of_providers.poolers,
    of_system.taken,
    of_system.waivers,
    of_drills.drills,
    of_changes.moves,
    of_changes.allowances,
)
OF_SERVICE: tuple[Callable[[Names, str, Service], Iterator[Found]], ...] = (
    of_services.calls,
    of_services.topics,
    of_services.members,
    of_services.stores,
    of_services.tokens,
    of_services.taken,
)


def references(names: Names) -> Iterator[Finding]:
    """Every reference that does not hold, one after the other: who has heard enough looks for no more nearest names."""
    found: list[Found] = []
    for name, service in names.system.services.items():
        found.extend(of_channels.channels(names, name, service))
    whole = replace(names, system=spread(names.system))
    for check in CHECKS:
        found.extend(check(whole))
    for name, service in whole.system.services.items():
        for of_service in OF_SERVICE:
            found.extend(of_service(whole, name, service))
    uses = [each for each in found if isinstance(each, Unknown)]
    yield from (each for each in found if not isinstance(each, Unknown))
    yield from told(uses, names.file)
