"""For each kind of alert: series with which it fires, and series that look like it and with which it does not. Values in promtool's notation, one a minute."""

from collections.abc import Mapping
from dataclasses import dataclass, field

POD = 'namespace="shop",service="{service}",pod="{service}-0"'
OTHER = 'namespace="shop",service="{service}",pod="{service}-1"'
HTTP = 'http_served_total{{{pod},method="GET",route="/a",http_version="2",status="{status}"}}'


@dataclass(frozen=True)
class Trial:
    """One trial of an alert. `labels` are those that the expression adds."""

    service: str
    series: Mapping[str, str]
    at: str
    fires: bool
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


def series(service: str, *pairs: tuple[str, str]) -> dict[str, str]:
    """Series of a service; `POD` and `OTHER` stand for the labels of one of its pods."""
    return {
        name.replace("POD", POD.format(service=service)).replace(
            "OTHER", OTHER.format(service=service)
        ): values
        for name, values in pairs
    }


def requests(bad: str, good: str) -> dict[str, str]:
    """Requests that failed, and those that did not, as they add up."""
    pod = POD.format(service="web")
    return {HTTP.format(pod=pod, status="503"): bad, HTTP.format(pod=pod, status="200"): good}


CALLED = 'rpc_called_total{POD,target="orders",method="/x.v1.A/Get",code="%s"}'
BREAKER = 'breaker_state{POD,target="%s",class="read"}'
HANDLED = 'records_handled_total{POD,topic="order.placed",group="mail",outcome="%s"}'
ELSEWHERE = 'records_handled_total{POD,topic="%s",group="mail",outcome="dead"}'
LAG = 'records_lag{POD,topic="order.placed",group="mail"}'
OWNED = 'partitions_assigned{%s,topic="order.placed",group="mail"}'
GIVEN = 'group_rebalances_total{POD,topic="order.placed",group="mail"}'

TRIALS: dict[str, list[Trial]] = {
    "NoPodAnswers": [
        Trial("web", series("web", ("up{POD}", "0x10")), "5m", fires=True),
        Trial("web", {}, "5m", fires=True),
        Trial("web", series("web", ("up{POD}", "0x10"), ("up{OTHER}", "1x10")), "5m", fires=False),
        Trial("web", series("web", ("up{POD}", "1 1 0 1x10")), "5m", fires=False),
    ],
    "FewerPodsThanPromised": [
        Trial("orders", series("orders", ("up{POD}", "1x30"), ("up{OTHER}", "0x30")), "20m", fires=True),
        Trial("orders", series("orders", ("up{POD}", "1x30"), ("up{OTHER}", "0x10 1x20")), "20m", fires=False),
    ],
    "EventLoopBlocked": [
        Trial("web", series("web", ("event_loop_delay_seconds{POD}", "1.5x10")), "8m", fires=True, labels={"pod": "web-0"}),
        Trial("web", series("web", ("event_loop_delay_seconds{POD}", "1.5 1.5 0.1x10")), "8m", fires=False),
    ],
    "CertificateNotRenewed": [
        Trial("web", series("web", ("certificate_expires_timestamp_seconds{POD}", "10800x10"), ("certificate_expires_timestamp_seconds{OTHER}", "43200x10")), "8m", fires=True),
        Trial("web", series("web", ("certificate_expires_timestamp_seconds{POD}", "10800 43200x10")), "8m", fires=False),
    ],
    "CallerRefused": [
        Trial("orders", series("orders", ('peers_refused_total{POD,peer="mail",method="/x.v1.A/Get"}', "0 0 0 1x20")), "10m", fires=True, labels={"peer": "mail"}),
        Trial("orders", series("orders", ('peers_refused_total{POD,peer="mail",method="/x.v1.A/Get"}', "1x20")), "10m", fires=False),
    ],
    "BreakerStaysOpen": [
        Trial("web", series("web", (BREAKER % "orders", "2 1 2 1 2 1 2 1 2 1 2 1 2")), "12m", fires=True, labels={"class": "read"}),
        Trial("web", series("web", (BREAKER % "orders", "0 2 1 0x20")), "12m", fires=False),
    ],
    "SpareBreakerStaysOpen": [
        Trial("web", series("web", (BREAKER % "tips", "2x20")), "12m", fires=True, labels={"class": "read"}),
        Trial("web", series("web", (BREAKER % "orders", "2x20")), "12m", fires=False),
    ],
    "DeadlinesMissed": [
        Trial("web", series("web", (CALLED % "DEADLINE_EXCEEDED", "0+1x40"), (CALLED % "OK", "0+10x40")), "30m", fires=True),
        Trial("web", series("web", (CALLED % "DEADLINE_EXCEEDED", "0+1x40"), (CALLED % "OK", "0+200x40")), "30m", fires=False),
        Trial("web", series("web", (CALLED % "UNAVAILABLE", "0+10x40"), (CALLED % "OK", "0+10x40")), "30m", fires=False),
    ],
    "GroupBehind": [
        Trial("mail", series("mail", (LAG, "5x60"), (HANDLED % "done", "7x60")), "40m", fires=True),
        Trial("mail", series("mail", (LAG, "5x60")), "40m", fires=True),
        Trial("mail", series("mail", (LAG, "9000x60"), (HANDLED % "done", "0+120x60")), "40m", fires=True),
        Trial("mail", series("mail", (LAG, "900x60"), (HANDLED % "done", "0+120x60")), "40m", fires=False),
        Trial("mail", series("mail", (LAG, "0x60"), (HANDLED % "done", "7x60")), "40m", fires=False),
    ],
    "PartitionsWithoutOwner": [
        Trial("mail", series("mail", (OWNED % "POD", "9x30"), (OWNED % "OTHER", "0x30")), "20m", fires=True),
        Trial("mail", series("mail", (OWNED % "POD", "9x30"), (OWNED % "OTHER", "9x30")), "20m", fires=False),
    ],
    "DeadLetters": [
        Trial("mail", series("mail", (HANDLED % "dead", "0x5 1x30")), "30m", fires=True),
        # A counter with labels is there from its first count on: Prometheus sees 1, and nothing that grew.
        Trial("mail", series("mail", (HANDLED % "dead", "_x5 1x30")), "30m", fires=True),
        Trial("mail", series("mail", (HANDLED % "dead", "_x5 1x200")), "90m", fires=False),
        # Nor is one new that Prometheus did not see for a while.
        Trial("mail", series("mail", (HANDLED % "dead", "1x50 _x20 1x100")), "125m", fires=False),
        # One group on two topics: letters of the other are the other's.
        Trial("mail", series("mail", (ELSEWHERE % "order.paid", "0x5 1x30")), "30m", fires=False),
        Trial("mail", series("mail", (ELSEWHERE % "order.placed.mail.retry.5s", "0x5 1x30")), "30m", fires=True),
        Trial("mail", series("mail", (HANDLED % "dead", "0x5 1x100")), "90m", fires=False),
        Trial("mail", series("mail", (HANDLED % "retried", "0+1x30")), "30m", fires=False),
    ],
    "RebalancesTooOften": [
        Trial("mail", series("mail", (GIVEN, "0+1x40")), "35m", fires=True),
        Trial("mail", series("mail", (GIVEN, "0x10 2x30")), "35m", fires=False),
    ],
    "OutboxNotSent": [
        Trial("orders", series("orders", ("outbox_oldest_seconds{POD}", "400x20")), "8m", fires=True),
        Trial("orders", series("orders", ("outbox_oldest_seconds{POD}", "250x20")), "8m", fires=False),
    ],
    "SagaStuck": [
        Trial("orders", series("orders", ('sagas{POD,saga="sale",state="stuck"}', "1x5")), "2m", fires=True),
        Trial("orders", series("orders", ('sagas{POD,saga="sale",state="running"}', "9x5")), "2m", fires=False),
    ],
    "SagaOverdue": [
        Trial("orders", series("orders", ('saga_oldest_seconds{POD,saga="sale"}', "86400x30")), "20m", fires=True),
        Trial("orders", series("orders", ('saga_oldest_seconds{POD,saga="sale"}', "5x30")), "20m", fires=False),
    ],
    "DatabasePoolCrowded": [
        Trial("orders", series("orders", ('database_pool_waiting{POD,host="write"}', "15x20")), "8m", fires=True, labels={"pod": "orders-0", "host": "write"}),
        Trial("orders", series("orders", ('database_pool_waiting{POD,host="write"}', "1x20")), "8m", fires=False),
    ],
    "LimitsCountedInPods": [
        Trial("web", series("web", ("rate_limit_store_errors_total{POD}", "0+1x30")), "25m", fires=True),
        Trial("web", series("web", ("rate_limit_store_errors_total{POD}", "7x30")), "25m", fires=False),
    ],
    "PromiseBurnsFast": [
        Trial("web", requests("0+20x70", "0+80x70"), "65m", fires=True, labels={"path": "/", "namespace": "shop"}),
        Trial("web", requests("0+5x70", "0+995x70"), "65m", fires=False),
        # The short windows end it: an hour later nothing fails any more, though the last six hours were bad.
        Trial("web", requests("0+20x60 1200x120", "0+80x180"), "150m", fires=False),
        Trial("web", requests("0x70", "0x70"), "65m", fires=False),
    ],
    "PromiseBurns": [
        Trial("web", requests("0+4x200", "0+96x200"), "180m", fires=True, labels={"path": "/", "namespace": "shop"}),
        Trial("web", requests("0+5x200", "0+995x200"), "180m", fires=False),
    ],
}  # fmt: skip
"""A route promises 99%: 1% may fail, and the shop's other promise has a path of its own."""
