// Names on the map as text of the page: crisp in both themes, and none written over another.

const GLYPH = 6.4; // pixels of a letter at 12 px, about
const HEIGHT = 16;
const PLACES = [[0, -1], [0, 1], [1, 0], [-1, 0]]; // above, below, right, left of the mark

function boxAt(x, y, w, r, [dx, dy]) {
  const cx = x + dx * (w / 2 + r + 3);
  const cy = y + dy * (HEIGHT / 2 + r + 3);
  return [cx - w / 2, cy - HEIGHT / 2, cx + w / 2, cy + HEIGHT / 2];
}

const meet = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

// `map`: MapLibre; the first of a list comes first where two would meet.
export function makeNames(map) {
  const sheet = document.createElement("div");
  sheet.className = "names";
  sheet.setAttribute("aria-hidden", "true"); // the table beside the map says them
  map.getContainer().append(sheet); // above the arcs, which have a canvas of their own
  let list = [];

  function lay() {
    const taken = [];
    const { clientWidth: width, clientHeight: height } = map.getContainer();
    sheet.replaceChildren();
    for (const { at, text, strong, r = 5 } of list) {
      const p = map.project(at);
      if (p.x < 0 || p.y < 0 || p.x > width || p.y > height) continue;
      const w = text.length * GLYPH + 8;
      const box = PLACES.map((way) => boxAt(p.x, p.y, w, r, way)).find(
        (b) => b[0] > 2 && b[2] < width - 2 && b[1] > 2 && !taken.some((t) => meet(t, b)),
      );
      if (!box) continue;
      taken.push(box);
      const mark = document.createElement("span");
      mark.textContent = text;
      if (strong) mark.className = "site";
      mark.style.transform = `translate(${Math.round(box[0])}px, ${Math.round(box[1])}px)`;
      mark.style.width = `${Math.round(w)}px`;
      sheet.append(mark);
    }
  }
  map.on("move", lay);
  map.on("resize", lay);
  return (next) => {
    list = next;
    lay();
  };
}
