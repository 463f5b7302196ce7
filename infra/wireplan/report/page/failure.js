// Letting a part fail: what it does to the others, in the picture and as a list.
const chooser = document.getElementById("fail");

function failureStarted() {
  const groups = new Map();
  parts.forEach((part) => {
    if (!data.impacts[part.id]) return;
    if (!groups.has(part.noun)) groups.set(part.noun, element("optgroup", { label: part.noun.replace("_", " ") }));
    groups.get(part.noun).append(element("option", { value: part.id }, part.name));
  });
  chooser.append(...groups.values());
  chooser.addEventListener("change", () => fail(chooser.value));
}

/** Let a part be away; nothing is where `id` is empty. */
function fail(id, copies = "whole", show = true) {
  state.failed = data.impacts[id] ? id : "";
  state.copies = data.impacts[id]?.one ? copies : "whole";
  chooser.value = state.failed;
  map.classList.toggle("failing", Boolean(state.failed));
  wayShown([]);
  const found = state.failed ? effects(state.failed, state.copies) : [];
  drawn.forEach((part, index) => {
    part.classList.remove(...Object.keys(EFFECTS));
    part.querySelector(".effect-mark")?.remove();
    dots[index].classList.remove(...Object.keys(EFFECTS));
    if (found[index]) {
      part.classList.add(found[index]);
      dots[index].classList.add(found[index]);
      part.append(effectMark(index, found[index]));
    }
    named(index, found[index]);
  });
  harmedShown();
  near(state.chosen);
  failureShown();
  if (show && state.failed) {
    opened("failure");
    const index = indexOf.get(state.failed);
    if (drawn[index]) bring(index);
    say(`${parts[index].name} is away: ${told(summed(harmOf(state.failed, state.copies)))}`);
  }
  remember();
}

/** How many routes, flows and parts fail, degrade, stay. */
function summed(harm) {
  const count = (all, touched, effect) =>
    effect === "stays" ? all - touched.length : touched.filter((each) => each[1] === effect).length;
  const others = harm.parts.filter(([index]) => parts[index].id !== state.failed);
  const of = (effect) => ({
    routes: count(data.routes.length, harm.routes, effect),
    flows: count(data.flows.length, harm.flows, effect),
    parts: count(parts.length - 1, others, effect),
  });
  return { fails: of("fails"), degrades: of("degrades"), stays: of("stays") };
}

function told(sums) {
  return Object.entries(sums)
    .map(([effect, { routes, flows }]) => `${plural(routes, "route")} and ${plural(flows, "flow")}: ${EFFECTS[effect].word}`)
    .join("; ");
}

/** Links by which the failure goes on stay in sight, all others step back. */
function harmedShown() {
  const harm = state.failed ? harmOf(state.failed, state.copies) : { routes: [], flows: [] };
  const steps = new Set([...harm.routes, ...harm.flows].flatMap((each) => each[4]));
  const on = new Set([...steps].flatMap((step) => linksBetween(...data.needs[step].slice(0, 2).map(partOf))));
  for (const each of [links, labels]) each.forEach((link, number) => link.classList.toggle("harmed", on.has(number)));
}

/** Draw the way from what is touched to the failed part. */
function wayShown(steps) {
  const on = new Set(steps.flatMap((step) => linksBetween(...data.needs[step].slice(0, 2).map(partOf))));
  const seen = new Set(steps.flatMap((step) => data.needs[step].slice(0, 2).map((id) => indexOf.get(partOf(id)))));
  for (const each of [links, labels]) each.forEach((link, number) => link.classList.toggle("way", on.has(number)));
  drawn.forEach((part, index) => part.classList.toggle("way", seen.has(index)));
}

function failureShown() {
  const panel = document.getElementById("panel-failure");
  if (!state.failed) {
    panel.replaceChildren(
      element("h2", {}, "Nothing is away"),
      element("p", { class: "quiet" }, "Choose a part and let it fail: what needs it fails or degrades, all else stays. Each answer shows the way to the part."),
      ...worstParts(),
    );
    return;
  }
  const impact = data.impacts[state.failed];
  const harm = harmOf(state.failed, state.copies);
  const part = parts[indexOf.get(state.failed)];
  panel.replaceChildren(
    element("h2", {}, `${part.name} is away`),
    element("p", { class: "quiet" }, part.caption),
    copiesChooser(impact),
    state.copies === "one" && impact.takeover ? element("p", {}, `Until the others have taken over: ${impact.takeover}`) : "",
    summary(summed(harm)),
    element("div", { class: "row" },
      element("button", { onclick: () => choose(indexOf.get(state.failed)) }, "Its values"),
      element("button", { onclick: () => fail("") }, "All is well again")),
    ...["fails", "degrades", "stays"].flatMap((effect) => effectList(effect, harm)),
  );
}

function copiesChooser(impact) {
  if (!impact.one) return "";
  const choice = (value, words) => element("label", {},
    element("input", { type: "radio", name: "copies", value, checked: state.copies === value, onchange: () => fail(state.failed, value) }), ` ${words}`);
  return element("div", { class: "row", role: "group", "aria-label": "How much of it is away" },
    choice("whole", "all of it"), choice("one", `one of ${impact.copies} copies, for good`));
}

function summary(sums) {
  const cells = ["", "routes", "flows", "parts"].map((word) => element("span", { class: "head" }, word || " "));
  for (const [effect, counts] of Object.entries(sums)) {
    cells.push(element("span", { class: `sign ${effect}` }, `${EFFECTS[effect].sign} ${EFFECTS[effect].word}`));
    cells.push(...Object.values(counts).map((number) => element("b", {}, String(number))));
  }
  return element("div", { class: "summary" }, cells);
}

/** Routes first, then flows, then parts, each with its way. */
function effectList(effect, harm) {
  const items = [];
  for (const [kind, all, touched] of [["route", data.routes, harm.routes], ["flow", data.flows, harm.flows]]) {
    const by = new Map(touched.map((each) => [each[0], each]));
    const first = kind === "flow" ? data.routes.length : 0;
    all.forEach(([id, text, later], number) => {
      const found = by.get(first + number);
      if ((found ? found[1] : "stays") === effect) items.push(effectItem(kind, effect, id, text, found, later));
    });
  }
  const names = effects(state.failed, state.copies).map((each, index) => (each === effect ? index : -1)).filter((index) => index >= 0);
  if (!items.length && !names.length) return [];
  return [
    element("h3", {}, `${EFFECTS[effect].sign} ${EFFECTS[effect].word}`),
    element("ul", { class: effect === "stays" ? "effects close" : "effects" }, items),
    names.length ? element("p", {}, element("span", { class: "quiet" }, `${plural(names.length, "part")}: `), ...listed(names)) : "",
  ];
}

function effectItem(kind, effect, id, text, found, later) {
  const [, , every, held, steps] = found ?? [0, "", true, "", []];
  const word = kind === "flow" ? FLOW_WORDS[effect] : EFFECTS[effect].word;
  return element("li", { class: effect, "data-id": id, onmouseenter: () => wayShown(steps), onmouseleave: () => wayShown([]), onfocusin: () => wayShown(steps) },
    element("div", { class: "name" }, element("span", { class: "sign", "aria-hidden": "true" }, EFFECTS[effect].sign), element("span", {}, text)),
    effect === "stays" ? "" : element("div", { class: "quiet" }, `${kind} ${word}${every || kind === "flow" ? "" : ": of its requests those that need it"}${held ? `; ${held}` : ""}`),
    later && effect === "fails" ? element("div", { class: "quiet" }, `then: ${later}`) : "",
    steps.length ? wayText(steps) : "");
}

/** The steps as words: who needs whom, down to the failed part. */
function wayText(steps) {
  const names = [data.needs[steps[0]][0], ...steps.map((step) => data.needs[step][1])].map(partOf);
  const once = names.filter((name, index) => name && name !== names[index - 1]);
  return element("div", { class: "way-text" }, once.flatMap((name, index) => [index ? " → " : "", partButton(indexOf.get(name))]));
}

const partButton = (index) => element("button", { class: "plain", onclick: () => choose(index) }, parts[index].name);
const listed = (names) => names.flatMap((index, number) => [number ? ", " : "", partButton(index)]);

/** The parts whose absence most requests would feel. */
function worstParts() {
  const weights = Object.entries(data.impacts).map(([id, impact]) => {
    const count = (list) => list.filter((each) => each[1] === "fails").length;
    return { id, routes: count(impact.whole.routes), flows: count(impact.whole.flows), alone: impact.copies === 1 };
  });
  const order = weights.filter((each) => each.routes + each.flows).sort((a, b) => b.routes - a.routes || b.flows - a.flows);
  if (!order.length) return [];
  return [
    element("h3", {}, "What would be missed most"),
    element("ul", { class: "worst" }, order.slice(0, 12).map(({ id, routes, flows, alone }) =>
      element("li", {},
        element("button", { class: "plain", onclick: () => fail(id) }, parts[indexOf.get(id)].name),
        element("span", { class: "quiet" }, [routes && plural(routes, "route"), flows && plural(flows, "flow"), alone && "one copy"].filter(Boolean).join(", "))))),
  ];
}
