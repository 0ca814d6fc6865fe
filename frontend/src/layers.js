// What is drawn of each view: layers of deck.gl, the names beside them, and the points to fit.

import { ArcLayer, PathLayer, PolygonLayer, ScatterplotLayer } from "@deck.gl/layers";
import { colour } from "./ground.js";

const WIDEST = 14; // pixels of the line with most flights
const LARGEST = 22; // pixels across half of the circle with most journeys
// All arcs bend to one side of travel, so that there and back part; the later ones bend further out.
const [NEAR, FAR] = [13, 34]; // degrees
const most = (rows, keys) => Math.max(1, ...rows.flatMap((r) => keys.map((k) => r[k])));
// The widest line and the largest circle have a fixed size, so that no two of different weight look the same.
const widths = (rows, keys) => {
  const full = Math.max(25, most(rows, keys)); // a handful of flights is no broad stream
  return (n) => Math.max(1.2, WIDEST * Math.sqrt(n / full));
};
const short = (name) => name.replace(/ (?:International |Municipal |Regional |County )*Airport\b.*$/, "") || name;
const moves = (a) => a.landings + a.takeoffs;

function dots(id, data, options) {
  return new ScatterplotLayer({ id, data, radiusUnits: "pixels", lineWidthUnits: "pixels", ...options });
}

function arc(id, data, key, tint, lean, width) {
  return new ArcLayer({
    id,
    data: data.filter((r) => r[key] >= 0.05),
    getSourcePosition: (r) => r.from,
    getTargetPosition: (r) => r.to,
    getSourceColor: [...colour(tint), 120],
    getTargetColor: [...colour(tint), 235],
    getWidth: (r) => width(r[key]),
    getTilt: lean,
    getHeight: 0.35,
    pickable: true,
  });
}

// Airfields that hold nearly all of the traffic: a lone doubtful end far away must not shrink the map.
function busy(fields) {
  const all = fields.reduce((n, a) => n + moves(a), 0);
  let n = 0;
  return [...fields].sort((a, b) => moves(b) - moves(a)).filter((a) => {
    const before = n;
    n += moves(a);
    return before < 0.97 * all;
  });
}

export function routes(view) {
  const placed = view.routes.filter((r) => r.from && r.to);
  const drawn = placed.filter((r) => r.origin !== r.destination);
  const home = placed.filter((r) => r.origin === r.destination && r.n_expected >= 0.5);
  // half a flight at least: below, every airfield that a doubtful end may have been would be a dot
  const sides = view.event ? ["n_before", "n_after"] : ["n_expected"];
  const width = widths(drawn, sides);
  const flow = Math.max(25, most(view.airfields, ["through_flow"]));
  const hub = (a) => Math.max(2.5, LARGEST * Math.sqrt(a.through_flow / flow));
  const seen = new Set(view.observations.map((o) => o.site));
  const fields = view.airfields.filter((a) => a.at && (a.site || seen.has(a.ident) || moves(a) >= 0.5));
  const ranked = [...fields].sort((a, b) => Number(b.site) - Number(a.site) || moves(b) - moves(a));
  return {
    points: busy(fields).map((a) => a.at),
    names: ranked.slice(0, 120).map((a) => ({ at: a.at, text: short(a.name), strong: a.site, r: hub(a) })),
    layers: [
      arc("before", drawn, sides[0], "--blue", NEAR, width),
      ...(view.event ? [arc("after", drawn, "n_after", "--orange", FAR, width)] : []),
      dots("home", home, { getPosition: (r) => r.from, getRadius: (r) => 6 + 1.6 * Math.sqrt(r.n_expected), filled: false, stroked: true, getLineColor: [...colour("--blue"), 200], getLineWidth: (r) => 1.2 + Math.min(4, Math.sqrt(r.n_expected) / 3) }),
      dots("airfields", fields, { getPosition: (a) => a.at, getRadius: hub, getFillColor: [...colour("--ink"), 215], stroked: true, getLineColor: [...colour("--land"), 255], getLineWidth: 1, pickable: true }),
      dots("observed", fields.filter((a) => seen.has(a.ident)), { getPosition: (a) => a.at, getRadius: (a) => 4 + hub(a), filled: false, stroked: true, getLineColor: colour("--green"), getLineWidth: 2.5 }),
    ],
  };
}

// Parts of a track between silences; a silence becomes a dashed line of its own, coloured by its label.
export function flight(view) {
  const gaps = view.gaps.map((g) => [Date.parse(g.from_utc), Date.parse(g.to_utc)]);
  const used = view.track.filter((p) => p.mask === null);
  const parts = [[]];
  let before = null;
  for (const p of used) {
    const t = Date.parse(p.time_utc);
    if (before !== null && gaps.some(([a, b]) => before <= a && t >= b)) parts.push([]);
    parts.at(-1).push([p.lon, p.lat]);
    before = t;
  }
  const tint = { dark: "--ink", interference: "--orange" };
  const silent = view.gaps.flatMap((g) =>
    dashes([g.from_lon, g.from_lat], [g.to_lon, g.to_lat]).map((path) => ({ path, tint: tint[g.label] ?? "--soft" })),
  );
  const ranked = Object.values(view.ends).flatMap((e) => e.candidates.filter((c) => c.lat !== null));
  const masked = view.track.filter((p) => p.mask !== null);
  const places = Object.values(view.places).filter((p, i, all) => p.lat !== null && all.findIndex((q) => q.ident === p.ident) === i);
  const likely = ranked.filter((c) => c.probability >= 0.02);
  return {
    points: [...used.map((p) => [p.lon, p.lat]), ...places.map((p) => [p.lon, p.lat]), ...ranked.filter((c) => c.probability >= 0.1).map((c) => [c.lon, c.lat])],
    names: [
      ...places.map((p) => ({ at: [p.lon, p.lat], text: p.name, strong: true, r: 16 })),
      ...likely.filter((c) => !places.some((p) => p.ident === c.airfield)).map((c) => ({ at: [c.lon, c.lat], text: `${c.name} ${Math.round(100 * c.probability)} %`, r: 3 + 13 * Math.sqrt(c.probability) })),
    ],
    layers: [
      new PathLayer({ id: "silent", data: silent, getPath: (d) => d.path, getColor: (d) => colour(d.tint), getWidth: 2, widthUnits: "pixels" }),
      new PathLayer({ id: "track", data: parts.filter((p) => p.length > 1), getPath: (d) => d, getColor: colour("--blue"), getWidth: 3, widthUnits: "pixels" }),
      dots("masked", masked, { getPosition: (p) => [p.lon, p.lat], getRadius: 3, getFillColor: colour("--orange"), pickable: true }),
      dots("candidates", ranked, { getPosition: (c) => [c.lon, c.lat], getRadius: (c) => 3 + 13 * Math.sqrt(c.probability), getFillColor: [...colour("--green"), 150], pickable: true }),
      dots("ends", places, { getPosition: (p) => [p.lon, p.lat], getRadius: 4.5, getFillColor: colour("--ink"), stroked: true, getLineColor: colour("--land"), getLineWidth: 1 }),
    ],
  };
}

function dashes(a, b) {
  const n = 24;
  const at = (i) => [a[0] + ((b[0] - a[0]) * i) / n, a[1] + ((b[1] - a[1]) * i) / n];
  return Array.from({ length: n / 2 }, (_, i) => [at(2 * i), at(2 * i + 1)]);
}

export function airfield(view) {
  const here = [view.place.lon, view.place.lat];
  const width = widths(view.partners, ["n_from", "n_to"]);
  const far = view.partners.filter((p) => p.at && p.ident !== view.place.ident);
  return {
    points: far.length ? [here, ...far.slice(0, 12).map((p) => p.at)] : [[here[0] - 3, here[1] - 2], [here[0] + 3, here[1] + 2]],
    names: [{ at: here, text: view.place.name, strong: true }, ...far.map((p) => ({ at: p.at, text: short(p.name) }))],
    layers: [
      arc("in", far.map((p) => ({ ...p, from: p.at, to: here })), "n_from", "--blue", FAR, width),
      arc("out", far.map((p) => ({ ...p, from: here, to: p.at })), "n_to", "--orange", FAR, width),
      dots("far", far, { getPosition: (p) => p.at, getRadius: 4, getFillColor: [...colour("--ink"), 215], pickable: true }),
      dots("here", [here], { getPosition: (p) => p, getRadius: 7, getFillColor: colour("--green"), stroked: true, getLineColor: colour("--land"), getLineWidth: 1.5 }),
    ],
  };
}

// Reception by cell: how many of the looks were heard. Pale: hardly looked at.
export function coverage(cells) {
  return new PolygonLayer({
    id: "coverage",
    data: cells,
    getPolygon: (c) => c.ring,
    getFillColor: (c) => [...colour("--green"), c.looks < 5 ? 12 : 20 + 120 * c.share],
    getLineColor: [...colour("--green"), 90],
    getLineWidth: 1,
    lineWidthUnits: "pixels",
    pickable: true,
  });
}
