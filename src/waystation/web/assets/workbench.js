// What every page does without the map: the window on the timeline, local time on hover. The map is
// loaded where it was built; the tables hold everything that it shows.

const twin = () => document.body.dataset.twin;

async function values() {
  const answer = await fetch(twin());
  if (!answer.ok) throw new Error(`${answer.status} for ${twin()}`);
  return answer.json();
}

function localTimes() {
  for (const mark of document.querySelectorAll("time[datetime]")) {
    const when = new Date(mark.getAttribute("datetime"));
    if (!Number.isNaN(when.getTime())) mark.title = `${when.toLocaleString()} where you are`;
  }
}

function dayAfter(first, n) {
  const day = new Date(`${first}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + n);
  return day.toISOString().slice(0, 10);
}

// Drag over the bars: the days under the drag become the window of page, table, chart, map and numbers.
function brush(moved) {
  for (const chart of document.querySelectorAll("svg.timeline")) brushOn(chart, moved);
}

function brushOn(chart, moved) {
  const { first } = chart.dataset;
  const [n, left, right, width, top, base] = ["days", "left", "right", "width", "top", "base"].map((k) => Number(chart.dataset[k]));
  const step = (width - right - left) / n;
  const at = (event) => {
    const box = chart.getBoundingClientRect();
    const x = ((event.clientX - box.left) * width) / box.width;
    return Math.min(n - 1, Math.max(0, Math.floor((x - left) / step)));
  };
  let start = null;
  let drawn = null;
  chart.style.cursor = "crosshair";
  chart.addEventListener("pointerdown", (event) => {
    start = at(event);
    drawn = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    drawn.setAttribute("class", "selection");
    drawn.setAttribute("y", String(top));
    drawn.setAttribute("height", String(base - top));
    chart.append(drawn);
    chart.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  chart.addEventListener("pointermove", (event) => {
    if (start === null) return;
    const [a, b] = [Math.min(start, at(event)), Math.max(start, at(event))];
    drawn.setAttribute("x", String(left + a * step));
    drawn.setAttribute("width", String((b - a + 1) * step));
  });
  chart.addEventListener("pointercancel", () => {
    start = null;
    drawn?.remove();
  });
  chart.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const [a, b] = [Math.min(start, at(event)), Math.max(start, at(event))];
    start = null;
    drawn.remove();
    moved(dayAfter(first, a), dayAfter(first, b));
  });
}

// Fetch the same page with another window and put its parts in place; the map keeps its view.
async function moveTo(from, to, map) {
  const subject = new URLSearchParams(location.search).get("subject");
  const address = `/?from=${from}&to=${to}${subject ? `&subject=${encodeURIComponent(subject)}` : ""}`;
  const answer = await fetch(address);
  if (!answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const section of ["#period", "#map-scale", "dl.numbers", "#timeline", "#by-week", "#routes", "header"]) {
    const [old, made] = [document.querySelector(section), next.querySelector(section)];
    if (old && made) old.replaceWith(document.adoptNode(made));
  }
  for (const id of ["fields", "seen"]) {
    const old = document.getElementById(id)?.closest("section");
    const made = next.getElementById(id)?.closest("section");
    if (old && made) old.replaceWith(document.adoptNode(made));
  }
  document.body.dataset.twin = next.body.dataset.twin;
  document.body.dataset.cover = next.body.dataset.cover;
  history.replaceState(null, "", address);
  localTimes();
  brush((a, b) => moveTo(a, b, map));
  takeAways();
  if (map) map.show(await values());
  if (map) await cover(map);
  if (map) await lines(map);
  document.body.dataset.moved = `${from} ${to}`;
}

// What could have been heard, under the map; it follows the window.
async function cover(map) {
  const choice = document.getElementById("cover");
  if (!choice) return;
  if (choice.value === "off") {
    map.cover(null);
    return;
  }
  const asked = new URL(document.body.dataset.cover, location.origin);
  const window = new URLSearchParams(location.search);
  for (const end of ["from", "to"]) if (window.get(end)) asked.searchParams.set(end, window.get(end));
  asked.searchParams.set("band", choice.value);
  const answer = await fetch(asked);
  if (answer.ok) map.cover((await answer.json()).cells);
}

// Tracks instead of arcs, for the window; what was thinned out is said beside the choice.
function lines(map) {
  const choice = document.getElementById("lines");
  if (!choice || !map) return undefined;
  const address = new URL(location.href);
  if (choice.value === "tracks") address.searchParams.set("lines", "tracks");
  else address.searchParams.delete("lines");
  history.replaceState(null, "", address);
  const asked = new URL(document.body.dataset.cover, location.origin).searchParams;
  return map.tracks(choice.value === "tracks" ? asked.toString() : null);
}

function saidOfTracks(said) {
  const n = (text) => Number(text).toLocaleString("en");
  if (!said) return "";
  if (said.fault) return said.fault;
  const every = said.every === "1" ? "" : `; one flight in ${n(said.every)} is drawn: narrow the window or come nearer`;
  return `${n(said.positions)} of ${n(said.of)} positions at this scale${every}`;
}

// A chart's file as pixels, twice as many as units, drawn here: nothing leaves the machine.
async function asPng(address) {
  const answer = await fetch(address);
  if (!answer.ok) return;
  const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "chart.svg";
  const source = URL.createObjectURL(new Blob([await answer.text()], { type: "image/svg+xml" }));
  const picture = new Image();
  picture.src = source;
  await picture.decode();
  const sheet = document.createElement("canvas");
  sheet.width = picture.width * 2;
  sheet.height = picture.height * 2;
  sheet.getContext("2d").drawImage(picture, 0, 0, sheet.width, sheet.height);
  URL.revokeObjectURL(source);
  const link = document.createElement("a");
  link.href = sheet.toDataURL("image/png");
  link.download = name.replace(/svg$/, "png");
  link.click();
}

function takeAways() {
  for (const button of document.querySelectorAll("button[data-png]")) button.onclick = () => asPng(button.dataset.png);
}

// Who decides is asked once: the name stays in this browser.
function rememberName() {
  for (const field of document.querySelectorAll("input[name=by]")) {
    field.value ||= localStorage.getItem("by") ?? "";
    field.addEventListener("change", () => localStorage.setItem("by", field.value));
  }
}

async function start() {
  localTimes();
  takeAways();
  rememberName();
  const today = document.querySelector(".decide input[type=date]");
  if (today && !today.value) today.value = new Date().toISOString().slice(0, 10);
  const place = document.getElementById("map");
  let map = null;
  if (place) {
    try {
      const { makeMap } = await import("/static/workbench.js");
      map = await makeMap(place, await values());
      document.getElementById("cover")?.addEventListener("change", () => cover(map));
      const choice = document.getElementById("lines");
      choice?.addEventListener("change", () => lines(map));
      place.addEventListener("tracks", (event) => {
        document.getElementById("lines-said").textContent = saidOfTracks(event.detail);
      });
      if (choice && new URLSearchParams(location.search).get("lines") === "tracks") {
        choice.value = "tracks";
        await lines(map);
      }
    } catch (error) {
      place.textContent = `The map cannot be drawn here (${error.message}); the tables hold the same.`;
    }
  }
  brush((a, b) => moveTo(a, b, map));
  document.body.dataset.ready = "yes";
}

start();
