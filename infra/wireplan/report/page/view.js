// Where one looks at the picture from: zoom, pan, and the small picture of the whole.
const map = document.getElementById("map");
const scene = document.getElementById("scene");
const overview = document.getElementById("overview");
const size = { width: Number(map.dataset.width), height: Number(map.dataset.height) };
const view = { x: 0, y: 0, scale: 1 };
const CLOSEST = 4;
const FAR = 0.55; // below this, small letters are only noise
const SMALLEST = 0.45; // smaller than this, all of it is no first look
const READABLE = 0.65; // then that begins so close
const EDGE = 28;

function look() {
  scene.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
  map.classList.toggle("far", view.scale < FAR);
  frame();
}

const room = () => ({ width: map.clientWidth || 1, height: map.clientHeight || 1 });

function fitting() {
  const { width, height } = room();
  return Math.min((width - 2 * EDGE) / size.width, (height - 2 * EDGE) / size.height);
}

/** All of the picture. */
function whole() {
  const { width, height } = room();
  view.scale = Math.min(1.5, fitting());
  view.x = (width - size.width * view.scale) / 2;
  view.y = (height - size.height * view.scale) / 2;
  look();
}

/** All of it where that can be read; else where clients come in, as wide as can be read. */
function firstLook() {
  whole();
  if (view.scale >= SMALLEST) return;
  const { width, height } = room();
  view.scale = Math.max(READABLE, Math.min(1, (width - 2 * EDGE) / size.width));
  view.x = Math.max(EDGE + 40, (width - size.width * view.scale) / 2);
  const lowest = Math.min(EDGE, height - EDGE - size.height * view.scale);
  view.y = Math.min(EDGE, Math.max(lowest, height / 2 - middles[0].y * view.scale));
  if (size.height * view.scale < height) view.y = (height - size.height * view.scale) / 2;
  look();
}

/** Closer or farther by a factor; the point (x, y) of the window stays where it is. */
function zoom(factor, x = room().width / 2, y = room().height / 2) {
  const scale = Math.min(CLOSEST, Math.max(Math.min(fitting() / 2, 1), view.scale * factor));
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  look();
}

function pan(dx, dy) {
  view.x += dx;
  view.y += dy;
  look();
}

const middles = [...drawn].map((part) => {
  const { e, f } = part.transform.baseVal.getItem(0).matrix;
  return { x: e, y: f };
});

/** Bring a part into sight; it is not moved where it is well in sight already, unless `always`. */
function bring(index, always = false) {
  const middle = middles[index];
  if (!middle) return;
  const { width, height } = room();
  if (always && view.scale < READABLE) view.scale = 0.9;
  const [x, y] = [view.x + middle.x * view.scale, view.y + middle.y * view.scale];
  const seen = x > 90 && x < width - 90 && y > 50 && y < height - 50;
  if (always || !seen) pan(width / 2 - x, height / 2 - y);
  else look();
}

// The whole, small, with a frame around what is in sight; only where not all is in sight.
const SMALL = { width: 190, height: 150 };
const shrink = Math.min(SMALL.width / size.width, SMALL.height / size.height);
const frameBox = shape("rect", { class: "frame" });
const dots = middles.map(({ x, y }) => shape("rect", { x: x - 50, y: y - 18, width: 100, height: 36 }));

function overviewDrawn() {
  const [width, height] = [Math.max(24, size.width * shrink), size.height * shrink];
  filled(overview, { width, height, viewBox: `0 0 ${width / shrink} ${size.height}` }, [...dots, frameBox]);
  const go = (event) => {
    const box = overview.getBoundingClientRect();
    const { width, height } = room();
    view.x = width / 2 - ((event.clientX - box.left) / shrink) * view.scale;
    view.y = height / 2 - ((event.clientY - box.top) / shrink) * view.scale;
    look();
  };
  overview.addEventListener("pointerdown", (event) => {
    overview.setPointerCapture(event.pointerId);
    go(event);
  });
  overview.addEventListener("pointermove", (event) => event.buttons && go(event));
}

function frame() {
  const { width, height } = room();
  filled(frameBox, { x: -view.x / view.scale, y: -view.y / view.scale, width: width / view.scale, height: height / view.scale }, []);
  overview.toggleAttribute("hidden", view.scale <= fitting() * 1.02);
}

// One finger or the mouse moves, two fingers zoom, the wheel zooms.
const fingers = new Map();
let moved = false;

function pressed(event) {
  if (event.button) return;
  fingers.set(event.pointerId, event);
  moved = false;
}

function dragged(event) {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
  if (!moved && Math.hypot(dx, dy) < 4) return; // a click with an unsteady hand
  moved = true;
  map.classList.add("moving");
  map.setPointerCapture(event.pointerId);
  const other = [...fingers.values()].find((each) => each.pointerId !== event.pointerId);
  if (other) {
    const apart = (each) => Math.hypot(each.clientX - other.clientX, each.clientY - other.clientY);
    const box = map.getBoundingClientRect();
    zoom(apart(event) / Math.max(1, apart(before)), other.clientX - box.left, other.clientY - box.top);
  } else pan(dx, dy);
  fingers.set(event.pointerId, event);
}

function released(event) {
  fingers.delete(event.pointerId);
  map.classList.remove("moving");
  setTimeout(() => { moved = false; }); // after the click that ends a drag
}

function viewStarted() {
  overviewDrawn();
  map.addEventListener("pointerdown", pressed);
  map.addEventListener("pointermove", dragged);
  map.addEventListener("pointerup", released);
  map.addEventListener("pointercancel", released);
  map.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const box = map.getBoundingClientRect();
      const lines = event.deltaMode === 1 ? 16 : 1;
      zoom(Math.exp(-event.deltaY * lines * 0.0016), event.clientX - box.left, event.clientY - box.top);
    },
    { passive: false },
  );
  document.getElementById("closer").addEventListener("click", () => zoom(1.3));
  document.getElementById("farther").addEventListener("click", () => zoom(1 / 1.3));
  document.getElementById("whole").addEventListener("click", whole);
  window.addEventListener("resize", look);
  firstLook();
}
