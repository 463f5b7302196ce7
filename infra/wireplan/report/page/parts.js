// Parts under the hand: choosing one, going from one to the next by keys, marks at their corners.
const links = [...document.querySelectorAll("#map .links .link")];
const labels = [...document.querySelectorAll("#map .labels .label")];
const state = { chosen: -1, failed: "", copies: "whole" };

function partsStarted() {
  drawn.forEach((part, index) => {
    part.setAttribute("role", "button");
    part.setAttribute("tabindex", index ? "-1" : "0");
    named(index);
    const found = findingsOf[index];
    if (found.length) part.append(findingMark(index, found));
    part.addEventListener("click", () => moved || choose(index));
    part.addEventListener("keydown", (event) => keyed(event, index));
  });
  map.addEventListener("click", (event) => moved || event.target.closest(".part") || choose(-1));
}

/** What a screen reader says of a part. */
function named(index, effect = "") {
  const part = parts[index];
  const found = findingsOf[index];
  const said = [part.name, part.caption, found.length ? plural(found.length, "finding") : "", effect ? EFFECTS[effect].word : ""];
  drawn[index].setAttribute("aria-label", said.filter(Boolean).join(", "));
}

function choose(index, show = true) {
  state.chosen = index;
  drawn.forEach((part, each) => part.classList.toggle("chosen", each === index));
  dots.forEach((dot, each) => dot.classList.toggle("chosen", each === index));
  near(index);
  partShown(index);
  if (show && index >= 0) {
    opened("part");
    bring(index);
    say(`${parts[index].name} chosen`);
  }
  remember();
}

/** What a part has to do with stands out. */
function near(index) {
  const mine = index < 0 || state.failed ? [] : [...uses[index], ...usedBy[index]];
  const seen = new Set(mine.flatMap((link) => data.links[link].slice(0, 2)));
  map.classList.toggle("focus", mine.length > 0);
  drawn.forEach((part, each) => part.classList.toggle("near", seen.has(each) || each === index));
  const close = new Set(mine);
  for (const each of [links, labels]) each.forEach((link, number) => link.classList.toggle("near", close.has(number)));
}

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function keyed(event, index) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" || event.key === " ") choose(index);
  else if (event.key === "f" || event.key === "F") fail(state.failed === parts[index].id ? "" : parts[index].id);
  else if (DIRECTIONS[event.key]) focused(nearest(index, DIRECTIONS[event.key]));
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** The nearest part in a direction; what is askew counts as farther away. */
function nearest(index, [dx, dy]) {
  const from = middles[index];
  let [best, least] = [index, Infinity];
  middles.forEach((to, each) => {
    const along = (to.x - from.x) * dx + (to.y - from.y) * dy;
    const askew = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx);
    if (along > 1 && along + 2 * askew < least) [best, least] = [each, along + 2 * askew];
  });
  return best;
}

/** One part at a time is on the way of the Tab key. */
function focused(index) {
  document.querySelector("#map .part[tabindex='0']")?.setAttribute("tabindex", "-1");
  drawn[index].setAttribute("tabindex", "0");
  bring(index);
  drawn[index].focus({ preventScroll: true });
}

// Asked once, before anything is changed: each question after a change would lay the whole page out again.
const corners = [...drawn].map((part) => {
  const { x, y, width } = part.querySelector(".body").getBBox();
  return { left: x, right: x + width, top: y };
});

function findingMark(index, found) {
  const { right, top } = corners[index];
  const text = shape("text", { y: 3.5 }, String(found.length));
  const box = shape("rect", { x: -9, y: -8, width: 18, height: 16, rx: 8 });
  const title = shape("title", {}, SEVERITIES.map((each) => [each, found.filter((one) => one.severity === each).length])
    .filter(([, number]) => number).map(([each, number]) => plural(number, each)).join(", "));
  return shape("g", { class: `mark finding-mark ${worst(found)}`, transform: `translate(${right - 4} ${top + 1})` }, title, box, text);
}

// Each effect has a sign of its own: a barred disc, a square with a cross, a triangle, a small disc with a tick.
const SIGNS = {
  down: () => [shape("circle", { r: 12 }), shape("path", { d: "M-6 0H6" })],
  fails: () => [shape("rect", { x: -9, y: -9, width: 18, height: 18, rx: 3 }), shape("path", { d: "M-4 -4L4 4M4 -4L-4 4" })],
  degrades: () => [shape("polygon", { points: "0,-11 11,8 -11,8" }), shape("path", { d: "M0 -4V2M0 5V5.2" })],
  stays: () => [shape("circle", { r: 7 }), shape("path", { d: "M-3 0L-1 2.5L3.2 -2.5" })],
};

function effectMark(index, effect) {
  const { left, top } = corners[index];
  return shape("g", { class: `mark effect-mark ${effect}`, transform: `translate(${left + 5} ${top + 2})` }, SIGNS[effect]());
}
