// Finding a part by its name, its noun or what it is.
const box = document.getElementById("search");
const hits = document.getElementById("hits");
const MOST = 12;
let found = [];
let at = 0;

/** Parts for the words typed: names that begin so, names that hold them, all else that holds them. */
function searched(words) {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return [];
  const scored = parts.map((part, index) => {
    const [name, all] = [part.name.toLowerCase(), `${part.id} ${part.caption}`.toLowerCase()];
    if (!wanted.every((word) => all.includes(word) || name.includes(word))) return [index, 0];
    return [index, name.startsWith(wanted[0]) ? 3 : name.includes(wanted[0]) ? 2 : 1];
  });
  return scored.filter(([, score]) => score).sort((a, b) => b[1] - a[1]).map(([index]) => index);
}

function typed() {
  found = searched(box.value);
  at = 0;
  const all = new Set(found);
  drawn.forEach((part, index) => part.classList.toggle("hit", all.has(index)));
  hits.replaceChildren(...found.slice(0, MOST).map((index, number) =>
    element("li", { role: "option", id: `hit-${number}`, onpointerdown: (event) => event.preventDefault(), onclick: () => taken(index) },
      element("span", {}, parts[index].name), element("span", { class: "what" }, parts[index].caption))));
  if (found.length > MOST) hits.append(element("li", { class: "quiet", "aria-disabled": "true" }, `and ${found.length - MOST} more`));
  if (box.value.trim() && !found.length) hits.append(element("li", { class: "quiet", "aria-disabled": "true" }, "nothing is called so"));
  hits.hidden = !box.value.trim();
  box.setAttribute("aria-expanded", String(!hits.hidden));
  pointed();
}

function pointed() {
  [...hits.querySelectorAll("[role=option]")].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
  if (found.length) box.setAttribute("aria-activedescendant", `hit-${at}`);
  else box.removeAttribute("aria-activedescendant");
}

function taken(index) {
  box.value = "";
  typed();
  choose(index);
  if (!drawn[index]) return;
  bring(index, true);
  focused(index);
}

function searchStarted() {
  box.addEventListener("input", typed);
  box.addEventListener("blur", () => { hits.hidden = true; });
  box.addEventListener("focus", typed);
  box.addEventListener("keydown", (event) => {
    const shown = Math.min(found.length, MOST);
    if (event.key === "ArrowDown" && shown) at = (at + 1) % shown;
    else if (event.key === "ArrowUp" && shown) at = (at + shown - 1) % shown;
    else if (event.key === "Enter" && shown) return taken(found[at]);
    else if (event.key === "Escape") {
      box.value = "";
      typed();
      box.blur();
    } else return;
    event.preventDefault();
    event.stopPropagation();
    pointed();
  });
}
