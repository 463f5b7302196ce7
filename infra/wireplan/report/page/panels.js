// The panel at the right: its tabs, the system as a whole, and the chosen part.
const TABS = ["system", "part", "failure"];

function opened(name) {
  for (const each of TABS) {
    const tab = document.getElementById(`tab-${each}`);
    tab.setAttribute("aria-selected", String(each === name));
    tab.setAttribute("tabindex", each === name ? "0" : "-1");
    document.getElementById(`panel-${each}`).hidden = each !== name;
  }
}

function panelsStarted() {
  TABS.forEach((name, number) => {
    const tab = document.getElementById(`tab-${name}`);
    tab.addEventListener("click", () => opened(name));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: 2 }[event.key];
      if (!step) return;
      const next = TABS[(number + step) % TABS.length];
      opened(next);
      document.getElementById(`tab-${next}`).focus();
      event.preventDefault();
    });
  });
  systemShown();
  partShown(-1);
  failureShown();
  opened("system");
}

function systemShown() {
  const nouns = new Map();
  for (const part of parts.slice(0, drawn.length)) nouns.set(part.noun, (nouns.get(part.noun) ?? 0) + 1);
  const found = data.findings;
  document.getElementById("panel-system").replaceChildren(
    element("h2", {}, data.system),
    element("p", { class: "quiet" }, `${data.file}, environment ${data.environment}, profile ${data.profile}`),
    element("div", { class: "counts" }, [...nouns].map(([noun, number]) => element("div", {}, element("b", {}, String(number)), number === 1 ? noun.replace(/s$/, "") : noun))),
    element("h3", {}, `Findings (${found.length})`),
    found.length ? "" : element("p", {}, `✓ None, by ${plural(data.rules, "rule")}.`),
    ...found.map((each) => findingCard(each, true)),
    ...worstParts(),
    element("h3", {}, "Keys"),
    element("div", { class: "keys" }, [["/", "find a part"], ["arrows", "from part to part; without one, move the picture"], ["Enter", "choose the part"],
      ["F", "let the part fail, or be well again"], ["+ - 0", "closer, farther, all of it"], ["Esc", "step back"]]
      .flatMap(([key, words]) => [element("kbd", {}, key), element("span", {}, words)])),
  );
}

function findingCard(finding, where = false) {
  const there = where && finding.part >= 0;
  return element("article", { class: `finding ${finding.severity}` },
    element("div", { class: "head" }, element("span", { class: "severity" }, finding.severity), element("span", {}, `${finding.code} ${finding.name}`)),
    element("div", { class: "what" }, finding.what + (finding.environments.length ? ` (in ${finding.environments.join(", ")})` : "")),
    element("div", { class: "at" }, finding.at, there ? " · " : "", there ? partButton(finding.part) : ""),
    finding.why ? element("p", { class: "why" }, finding.why) : "",
    finding.fix ? element("p", { class: "fix" }, element("b", {}, "fix: "), finding.fix) : "",
    finding.related.length ? element("ul", {}, finding.related.map(([at, note]) => element("li", {}, element("span", { class: "at" }, at), ` ${note}`))) : "");
}

function partShown(index) {
  const panel = document.getElementById("panel-part");
  if (index < 0) {
    panel.replaceChildren(element("h2", {}, "No part chosen"),
      element("p", { class: "quiet" }, "Click a part, or find one with "), element("kbd", {}, "/"));
    return;
  }
  const part = parts[index];
  const found = findingsOf[index];
  panel.replaceChildren(
    element("h2", {}, part.name),
    element("p", { class: "quiet" }, [part.caption, part.id === part.name ? "" : part.id].filter(Boolean).join(" · ")),
    data.impacts[part.id] ? element("div", { class: "row" }, element("button", { class: "primary", onclick: () => fail(part.id) }, "Let it fail")) : "",
    found.length ? element("h3", {}, `Findings (${found.length})`) : "",
    ...found.map((each) => findingCard(each)),
    ...linkList("Goes to", uses[index], 1),
    ...linkList("Comes from", usedBy[index], 0),
    element("h3", {}, `Values (${part.values.length})`),
    ...valueTable(part),
  );
  panel.scrollTop = 0;
}

function linkList(title, mine, end) {
  if (!mine.length) return [];
  return [
    element("h3", {}, title),
    element("ul", { class: "links" }, mine.map((link) => {
      const [, , kind, label] = data.links[link];
      return element("li", {}, element("span", { class: "quiet" }, kind), partButton(data.links[link][end]), element("code", {}, label === kind ? "" : label));
    })),
  ];
}

/** Values in groups by the first steps of their paths, each with where it comes from. */
function valueTable(part) {
  const groups = new Map();
  for (const [path, text, origin] of part.values) {
    const cut = path.lastIndexOf(".");
    const group = cut < 0 ? "" : path.slice(0, cut);
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push([path.slice(cut + 1), text, data.origins[origin]]);
  }
  const table = element("table", { class: "values" }, [...groups].map(([group, rows]) =>
    element("tbody", { "data-group": group }, group ? element("tr", {}, element("th", { colspan: "2" }, group)) : "",
      rows.map(([name, text, [written, origin]]) => element("tr", { class: "row-value" },
        element("td", { class: "path" }, name),
        element("td", { class: "value" }, text, element("span", { class: written ? "origin written" : "origin" }, origin)))))));
  const filter = element("input", { class: "filter", type: "search", placeholder: "Filter values", "aria-label": "Filter values", oninput: () => filtered(table, filter.value) });
  return part.values.length > 8 ? [filter, table] : [table];
}

function filtered(table, wanted) {
  const word = wanted.trim().toLowerCase();
  for (const body of table.tBodies) {
    const inGroup = body.dataset.group.toLowerCase().includes(word);
    const rows = [...body.querySelectorAll(".row-value")];
    for (const row of rows) row.hidden = !inGroup && !row.textContent.toLowerCase().includes(word);
    body.hidden = rows.every((row) => row.hidden);
  }
}
