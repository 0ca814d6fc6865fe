// The map: MapLibre for the ground, deck.gl for what flew. Built into one file by build.mjs.

import { MapboxOverlay } from "@deck.gl/mapbox";
import { LngLatBounds, Map as GroundMap, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import { ground } from "./ground.js";
import { airfield, coverage, flight, routes } from "./layers.js";
import { makeNames } from "./names.js";
import { makeTracks } from "./tracks.js";

setWorkerUrl("/static/maplibre-gl-worker.mjs");

const ARCS = ["before", "after", "home"]; // where tracks are drawn, arcs would hide them
const KINDS = { routes, flight, airfield };
const n1 = (n) => n.toFixed(1);

const SAID = {
  airfields: (o) => `${o.name} ${o.ident}\nlandings ${n1(o.landings)}, takeoffs ${n1(o.takeoffs)}, through ${n1(o.through_flow)}`,
  before: (o) => said(o),
  after: (o) => said(o),
  candidates: (o) => `${o.name} ${o.airfield}\n${n1(100 * o.probability)} %`,
  masked: (o) => `not used: ${o.mask}`,
  far: (o) => `${o.name} ${o.ident}\n${o.n_from} from there, ${o.n_to} to there`,
  coverage: (o) => `${o.looks} looks, ${o.seen} heard (${Math.round(100 * o.share)} %)`,
};
const said = (o) => `${o.origin_name} to ${o.destination_name}\n${o.n_flights} named, ${n1(o.n_expected)} expected`;

const OPEN = {
  airfields: (o) => `/airfield/${encodeURIComponent(o.ident)}`,
  far: (o) => `/airfield/${encodeURIComponent(o.ident)}`,
  before: (o) => listed(o),
  after: (o) => listed(o),
};
const listed = (o) =>
  `/table/flights?where=${encodeURIComponent(`origin=${o.origin}`)}&where=${encodeURIComponent(`destination=${o.destination}`)}`;

function fit(points) {
  if (!points.length) return { center: [20, 30], zoom: 2 };
  const box = new LngLatBounds();
  for (const p of points) box.extend(p);
  return { bounds: box, fitBoundsOptions: { padding: { top: 60, bottom: 50, left: 60, right: 80 }, maxZoom: 8.5 } };
}

export async function makeMap(place, first) {
  const basemap = await (await fetch("/basemap.json")).json();
  const kind = KINDS[place.dataset.kind];
  let made = kind(first);
  let cells = null;
  let tracks = [];
  const map = new GroundMap({
    container: place,
    style: ground(basemap),
    attributionControl: { compact: true },
    fadeDuration: 0,
    ...fit(made.points),
  });
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
  const over = new MapboxOverlay({
    layers: made.layers,
    getTooltip: ({ object, layer, index }) => {
      if (layer?.props.flightOf && index >= 0) return { text: `flight ${layer.props.flightOf(index).slice(0, 8)}` };
      return object && SAID[layer.id] ? { text: SAID[layer.id](object) } : null;
    },
    onClick: ({ object, layer, index }) => {
      if (layer?.props.flightOf && index >= 0) location.href = `/flight/${layer.props.flightOf(index)}`;
      if (object && OPEN[layer.id]) location.href = OPEN[layer.id](object);
    },
  });
  map.addControl(over);
  await new Promise((done) => map.once("load", done));
  const names = makeNames(map);
  const draw = () => {
    const under = cells ? [coverage(cells)] : [];
    const above = tracks.length ? made.layers.filter((l) => !ARCS.includes(l.id)) : made.layers;
    over.setProps({ layers: [...under, ...tracks, ...above] });
    place.dataset.drawn = String(made.layers.reduce((n, l) => n + l.props.data.length, 0));
    place.dataset.cells = String(cells ? cells.length : 0);
    names(made.names);
  };
  draw();
  const follow = makeTracks(map, (layers, said) => {
    tracks = layers;
    draw();
    place.dataset.tracks = said?.whole ? said.positions : "";
    place.dispatchEvent(new CustomEvent("tracks", { detail: said }));
  });
  return {
    tracks: follow,
    show(view) {
      made = kind(view);
      draw();
    },
    cover(next) {
      cells = next;
      draw();
    },
  };
}
