// Begin: the parts of the page, its keys, and what the address says is chosen, so that a place in the page can be passed on.
function remember() {
  const words = new URLSearchParams();
  if (state.chosen >= 0) words.set("part", parts[state.chosen].id);
  if (state.failed) words.set("away", state.failed);
  if (state.copies === "one") words.set("copies", "one");
  const hash = words.size ? `#${words}` : "";
  if (hash !== location.hash) history.replaceState(null, "", hash || location.pathname + location.search);
}

function remembered() {
  const words = new URLSearchParams(location.hash.slice(1));
  const [part, away, copies] = [words.get("part"), words.get("away"), words.get("copies")];
  if (indexOf.has(part)) choose(indexOf.get(part));
  if (data.impacts[away]) fail(away, copies === "one" ? "one" : "whole");
}

const typing = (target) => target.matches?.("input, select, textarea");

function keysStarted() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const step = 80;
    const keys = {
      "/": () => box.focus(),
      "+": () => zoom(1.3),
      "=": () => zoom(1.3),
      "-": () => zoom(1 / 1.3),
      0: whole,
      Escape: () => (state.failed ? fail("") : choose(-1)),
    };
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (keys[event.key]) keys[event.key]();
    else if (moves[event.key] && !event.target.closest?.("aside")) pan(...moves[event.key]);
    else return;
    event.preventDefault();
  });
}

partsStarted();
viewStarted();
failureStarted();
panelsStarted();
searchStarted();
keysStarted();
remembered();
