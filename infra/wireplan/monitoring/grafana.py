"""Panels and dashboards of Grafana as plain data (schemaVersion 39, Grafana 10.4 and newer: newer ones migrate it by themselves).

A builder of its own: the SDK of Grafana's makers is published for versions up to 11.6, in releases that sort above each other by accident.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wireplan.records import dataclass
from wireplan.topology.names import fit

Body = dict[str, Any]

SCHEMA = 39
WIDTH = 24  # columns of a dashboard
HEIGHT = 8
UID = 40  # signs; Grafana refuses longer ones
RATE = "$__rate_interval"
"""Grafana's own variable: four scrapes at least, and no less than a point of the picture."""

SOURCE: Body = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, slots=True)
class Line:
    """One expression of a panel. `legend` in Grafana's words: `{{method}}` is a label's value."""

    expression: str
    legend: str
    dashed: bool = False  # a limit that the others are held against


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines over time. `unit` in Grafana's words: s, reqps, percentunit, short."""

    title: str
    lines: tuple[Line, ...]
    unit: str = "short"
    says: str = ""
    states: tuple[tuple[float, str, str], ...] = ()  # value, text, colour
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A heading with its panels; one that is closed asks nothing of Prometheus until it is opened."""

    title: str
    panels: tuple[Panel, ...]
    closed: bool = False


def dashboard(system: str, part: str, title: str, rows: Sequence[Row], links: Iterable[Body] = ()) -> Body:
    """A dashboard; `part` is what tells it from the system's others."""
    return {
        "uid": uid(system, part),
        "title": title,
        "tags": ["wireplan", system],
        "description": "Written by wireplan monitoring; edit the topology instead.",
        "editable": False,
        "graphTooltip": 1,
        "schemaVersion": SCHEMA,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "links": list(links),
        "annotations": {"list": []},
        "templating": {"list": [source()]},
        "panels": laid_out(rows),
    }


def uid(system: str, part: str) -> str:
    """A dashboard's steady name, by which others link to it."""
    return fit(f"{system}-{part}", UID)


def link(system: str, part: str, title: str) -> Body:
    """A link to another dashboard of the system, at the same time."""
    return {
        "type": "link",
        "title": title,
        "url": f"/d/{uid(system, part)}",
        "icon": "dashboard",
        "tooltip": "",
        "tags": [],
        "asDropdown": False,
        "targetBlank": False,
        "includeVars": True,
        "keepTime": True,
    }


def source() -> Body:
    """The variable that names the Prometheus: a dashboard knows no address."""
    return {
        "type": "datasource",
        "name": "source",
        "label": "Prometheus",
        "query": "prometheus",
        "current": {},
        "options": [],
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "refresh": 1,
        "regex": "",
        "skipUrlSync": False,
    }


def laid_out(rows: Sequence[Row]) -> list[Body]:
    """Rows one below the other, two panels beside each other; a wide one alone."""
    found: list[Body] = []
    top, number = 0, 1
    for each in rows:
        head = row(number, top, each)
        found.append(head)
        top, number = top + 1, number + 1
        inside = head["panels"] if each.closed else found
        left = 0
        for panel in each.panels:
            width = WIDTH if panel.wide else WIDTH // 2
            if left + width > WIDTH:
                top, left = top + HEIGHT, 0
            inside.append(timeseries(number, {"x": left, "y": top, "w": width, "h": HEIGHT}, panel))
            left, number = left + width, number + 1
        top += HEIGHT if each.panels else 0
    return found


def row(number: int, top: int, each: Row) -> Body:
    """A heading."""
    return {
        "type": "row",
        "id": number,
        "title": each.title,
        "collapsed": each.closed,
        "gridPos": {"x": 0, "y": top, "w": WIDTH, "h": 1},
        "panels": [],
    }


def timeseries(number: int, place: Mapping[str, int], panel: Panel) -> Body:
    """A panel of lines; of states, where its values have names."""
    defaults: Body = {
        "unit": panel.unit,
        "min": 0,
        "color": {"mode": "palette-classic"},
        "custom": {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 5,
            "showPoints": "never",
            "spanNulls": False,
        },
    }
    if panel.states:
        defaults = {
            "mappings": [{"type": "value", "options": named(panel.states)}],
            "custom": {"fillOpacity": 70},
        }
        defaults["color"] = {"mode": "thresholds"}
        defaults["thresholds"] = {
            "mode": "absolute",
            "steps": [
                {"color": colour, "value": None if index == 0 else value}
                for index, (value, _, colour) in enumerate(panel.states)
            ],
        }
    return {
        "type": "state-timeline" if panel.states else "timeseries",
        "id": number,
        "title": panel.title,
        "description": panel.says,
        "datasource": SOURCE,
        "gridPos": dict(place),
        "fieldConfig": {
            "defaults": defaults,
            "overrides": [dashes(line) for line in panel.lines if line.dashed],
        },
        "options": options(states=bool(panel.states)),
        "targets": [target(index, line) for index, line in enumerate(panel.lines)],
    }


def options(*, states: bool) -> Body:
    """How a panel shows its legend and its help."""
    legend = {"displayMode": "list", "placement": "bottom", "showLegend": True}
    tooltip = {"mode": "multi", "sort": "desc"}
    if states:
        return {
            "legend": legend,
            "tooltip": tooltip,
            "showValue": "never",
            "mergeValues": True,
            "rowHeight": 0.9,
        }
    return {"legend": {**legend, "calcs": []}, "tooltip": tooltip}


def named(states: Iterable[tuple[float, str, str]]) -> Body:
    """Texts in the place of values."""
    return {
        f"{value:g}": {"text": text, "color": colour, "index": index}
        for index, (value, text, colour) in enumerate(states)
    }


def dashes(line: Line) -> Body:
    """A limit is drawn so that nobody takes it for a measurement."""
    return {
        "matcher": {"id": "byName", "options": line.legend},
        "properties": [
            {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 8]}},
            {"id": "color", "value": {"mode": "fixed", "fixedColor": "red"}},
            {"id": "custom.fillOpacity", "value": 0},
        ],
    }


def target(index: int, line: Line) -> Body:
    """A query."""
    return {
        "refId": chr(ord("A") + index),
        "datasource": SOURCE,
        "expr": line.expression,
        "legendFormat": line.legend,
        "range": True,
        "instant": False,
        "editorMode": "code",
    }


def text(board: Body) -> str:
    """A dashboard's file."""
    return json.dumps(board, indent=1, ensure_ascii=False) + "\n"
