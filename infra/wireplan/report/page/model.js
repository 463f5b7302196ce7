// What the page was given, and how it is looked up. Nothing here touches the picture.
const data = JSON.parse(document.getElementById("data").textContent);
const parts = data.parts;
const indexOf = new Map(parts.map((part, index) => [part.id, index]));
const drawn = document.querySelectorAll("#map .part");

const uses = parts.map(() => []);
const usedBy = parts.map(() => []);
data.links.forEach(([source, target], link) => {
  uses[source].push(link);
  usedBy[target].push(link);
});

const findingsOf = parts.map(() => []);
for (const finding of data.findings) if (finding.part >= 0) findingsOf[finding.part].push(finding);
const SEVERITIES = ["error", "warning", "note"];
const worst = (findings) => SEVERITIES.find((severity) => findings.some((each) => each.severity === severity));

const EFFECTS = {
  down: { sign: "⊘", word: "is away" },
  fails: { sign: "✕", word: "fails" },
  degrades: { sign: "▲", word: "degrades" },
  stays: { sign: "✓", word: "stays" },
};
const FLOW_WORDS = { fails: "stops", degrades: "waits", stays: "goes on" };

/** What becomes of everything while a part is away, or after `one` of its copies is gone; null where nothing is known. */
function harmOf(id, copies) {
  const impact = data.impacts[id];
  return impact ? (copies === "one" && impact.one) || impact.whole : null;
}

/** The effect on each part, by index: down, fails, degrades or stays. */
function effects(id, copies) {
  const harm = harmOf(id, copies);
  const found = parts.map(() => "stays");
  for (const [index, effect] of harm.parts) found[index] = effect;
  if (copies !== "one") found[indexOf.get(id)] = "down";
  return found;
}

/** Links between two parts, whichever way they are drawn: a consumer needs its topic, and records go to it. */
function linksBetween(a, b) {
  const [first, second] = [indexOf.get(a), indexOf.get(b)];
  if (first === undefined || second === undefined) return [];
  return [...uses[first], ...uses[second]].filter((link) => {
    const [source, target] = data.links[link];
    return (source === first && target === second) || (source === second && target === first);
  });
}

/** The part that an id is about: `edges.public.routes.0` is about `edges.public`. */
function partOf(id) {
  for (let name = id; name; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) if (indexOf.has(name)) return name;
  return "";
}

const plural = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** An element of HTML with its attributes and what is in it. Texts stay texts. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  return filled(made, attributes, children);
}

/** The same of SVG. */
function shape(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== ""));
  return made;
}

function say(text) {
  document.getElementById("said").textContent = text;
}
