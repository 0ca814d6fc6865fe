// The map: MapLibre for the ground, deck.gl for what flew. Built into one file by build.mjs.

import { MapboxOverlay } from "@deck.gl/mapbox";
import { ArcLayer, PathLayer, ScatterplotLayer, TextLayer } from "@deck.gl/layers";
import { LngLatBounds, Map as GroundMap, NavigationControl, setWorkerUrl } from "maplibre-gl";

setWorkerUrl("/static/maplibre-gl-worker.mjs");

const colour = (name) => {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const n = Number.parseInt(text.length === 4 ? text.slice(1).replace(/./g, "$&$&") : text.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
};
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function ground(basemap) {
  const shape = (type, parts) => ({
    type: "FeatureCollection",
    features: parts.map((p) => ({
      type: "Feature",
      properties: {},
      geometry: { type, coordinates: type === "Polygon" ? [p] : p },
    })),
  });
  return {
    version: 8,
    sources: {
      land: { type: "geojson", data: shape("Polygon", basemap.land), attribution: "Natural Earth" },
      borders: { type: "geojson", data: shape("LineString", basemap.borders) },
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": css("--sea") } },
      { id: "land", type: "fill", source: "land", paint: { "fill-color": css("--land") } },
      { id: "coast", type: "line", source: "land", paint: { "line-color": css("--line"), "line-width": 0.8 } },
      { id: "borders", type: "line", source: "borders", paint: { "line-color": css("--line"), "line-width": 0.8 } },
    ],
  };
}

function bounds(points) {
  const box = new LngLatBounds();
  for (const p of points) box.extend(p);
  return box;
}

const width = (n) => Math.max(1, Math.min(14, Math.sqrt(n) * 1.8));

function routes(view) {
  const drawn = view.routes.filter((r) => r.from && r.to && r.origin !== r.destination);
  const arc = (id, key, tint, lean) =>
    new ArcLayer({
      id,
      data: drawn.filter((r) => r[key] >= 0.05),
      getSourcePosition: (r) => r.from,
      getTargetPosition: (r) => r.to,
      getSourceColor: [...colour(tint), 110],
      getTargetColor: [...colour(tint), 230],
      getWidth: (r) => width(r[key]),
      getTilt: lean,
      getHeight: 0.35,
      greatCircle: false,
      pickable: true,
    });
  const fields = view.airfields.filter((a) => a.at);
  const named = fields.filter((a) => a.site || a.landings + a.takeoffs > 0.03 * sum(fields)).slice(0, 40);
  return {
    points: named.length ? named.map((a) => a.at) : drawn.flatMap((r) => [r.from, r.to]),
    layers: [
      arc("before", view.event ? "n_before" : "n_expected", "--blue", -12),
      ...(view.event ? [arc("after", "n_after", "--orange", 12)] : []),
      new ScatterplotLayer({
        id: "airfields",
        data: fields,
        getPosition: (a) => a.at,
        getRadius: (a) => 3 + 2.2 * Math.sqrt(a.through_flow),
        radiusUnits: "pixels",
        getFillColor: [...colour("--ink"), 220],
        pickable: true,
      }),
      new TextLayer({
        id: "names",
        data: named,
        characterSet: "auto",
        getPosition: (a) => a.at,
        getText: (a) => a.name,
        getSize: 12,
        getColor: colour("--ink"),
        getPixelOffset: [0, -13],
        fontFamily: "system-ui, DejaVu Sans, sans-serif",
        outlineWidth: 3,
        outlineColor: [...colour("--land"), 230],
        fontSettings: { sdf: true },
      }),
    ],
  };
}

const sum = (fields) => fields.reduce((n, a) => n + a.landings + a.takeoffs, 0);

// Parts of a track between silences; a silence becomes a dashed line of its own.
function flight(view) {
  const gaps = view.gaps.map((g) => [Date.parse(g.from_utc), Date.parse(g.to_utc)]);
  const used = view.track.filter((p) => p.mask === null);
  const parts = [];
  let part = [];
  let before = null;
  for (const p of used) {
    const t = Date.parse(p.time_utc);
    if (before !== null && gaps.some(([a, b]) => before <= a && t >= b)) {
      parts.push(part);
      part = [];
    }
    part.push([p.lon, p.lat]);
    before = t;
  }
  parts.push(part);
  const silent = view.gaps.map((g) => dashes([g.from_lon, g.from_lat], [g.to_lon, g.to_lat])).flat();
  const ranked = Object.values(view.ends).flatMap((e) => e.candidates.filter((c) => c.lat !== null));
  const masked = view.track.filter((p) => p.mask !== null);
  const places = Object.values(view.places).filter((p) => p.lat !== null);
  return {
    points: [...used.map((p) => [p.lon, p.lat]), ...places.map((p) => [p.lon, p.lat])],
    layers: [
      new PathLayer({ id: "silent", data: silent, getPath: (d) => d, getColor: colour("--soft"), getWidth: 2, widthUnits: "pixels" }),
      new PathLayer({ id: "track", data: parts.filter((p) => p.length > 1), getPath: (d) => d, getColor: colour("--blue"), getWidth: 3, widthUnits: "pixels" }),
      new ScatterplotLayer({ id: "masked", data: masked, getPosition: (p) => [p.lon, p.lat], getRadius: 3, radiusUnits: "pixels", getFillColor: colour("--orange") }),
      new ScatterplotLayer({ id: "candidates", data: ranked, getPosition: (c) => [c.lon, c.lat], getRadius: (c) => 3 + 14 * Math.sqrt(c.probability), radiusUnits: "pixels", getFillColor: [...colour("--green"), 150] }),
      new ScatterplotLayer({ id: "ends", data: places, getPosition: (p) => [p.lon, p.lat], getRadius: 5, radiusUnits: "pixels", getFillColor: colour("--ink") }),
    ],
  };
}

function dashes(a, b) {
  const n = 24;
  const at = (i) => [a[0] + ((b[0] - a[0]) * i) / n, a[1] + ((b[1] - a[1]) * i) / n];
  return Array.from({ length: n / 2 }, (_, i) => [at(2 * i), at(2 * i + 1)]);
}

function airfield(view) {
  const here = [view.place.lon, view.place.lat];
  return {
    points: [[here[0] - 3, here[1] - 2], [here[0] + 3, here[1] + 2]],
    layers: [new ScatterplotLayer({ id: "here", data: [here], getPosition: (p) => p, getRadius: 7, radiusUnits: "pixels", getFillColor: colour("--orange") })],
  };
}

const KINDS = { routes, flight, airfield };

const words = ({ object: o, layer }) => {
  if (!o) return null;
  if (layer.id === "airfields") return { text: `${o.name} ${o.ident}\nlandings ${o.landings.toFixed(1)}, takeoffs ${o.takeoffs.toFixed(1)}, through ${o.through_flow.toFixed(1)}` };
  if (o.origin_name) return { text: `${o.origin_name} to ${o.destination_name}\n${o.n_flights} named, ${o.n_expected.toFixed(1)} expected` };
  return null;
};

const OPEN = {
  airfields: (o) => `/airfield/${encodeURIComponent(o.ident)}`,
  before: (o) => listed(o),
  after: (o) => listed(o),
};
const listed = (o) =>
  `/table/flights?where=${encodeURIComponent(`origin=${o.origin}`)}&where=${encodeURIComponent(`destination=${o.destination}`)}`;

export async function makeMap(place, first) {
  const basemap = await (await fetch("/basemap.json")).json();
  const kind = KINDS[place.dataset.kind];
  const made = kind(first);
  const map = new GroundMap({
    container: place,
    style: ground(basemap),
    attributionControl: { compact: true },
    fadeDuration: 0,
    ...(made.points.length ? { bounds: bounds(made.points), fitBoundsOptions: { padding: 50, maxZoom: 9 } } : { center: [20, 30], zoom: 2 }),
  });
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  const over = new MapboxOverlay({
    layers: made.layers,
    getTooltip: words,
    onClick: ({ object, layer }) => {
      if (object && OPEN[layer.id]) location.href = OPEN[layer.id](object);
    },
  });
  map.addControl(over);
  await new Promise((done) => map.once("load", done));
  place.dataset.drawn = String(made.layers.reduce((n, l) => n + l.props.data.length, 0));
  return {
    show(view) {
      const next = kind(view);
      over.setProps({ layers: next.layers });
      place.dataset.drawn = String(next.layers.reduce((n, l) => n + l.props.data.length, 0));
    },
  };
}
