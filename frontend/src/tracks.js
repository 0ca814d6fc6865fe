// Every track of the window, as the server thins it for this zoom: Arrow batches, drawn as they arrive.

import { PathLayer } from "@deck.gl/layers";
import { RecordBatchReader } from "apache-arrow";
import { colour } from "./ground.js";

const PAUSE = 200; // ms that the map must rest before it asks again

// One layer of one batch; its buffers go to the graphics card as they came.
// Many tracks are drawn fainter, so that where they lie thick still says something.
const strength = (positions) => Math.round(Math.min(150, Math.max(22, 150 * Math.sqrt(12_000 / Math.max(1, positions)))));

// Blue before the event, orange since: a colour for every position, because both come in one batch.
function tints(after, offsets, rows, alpha) {
  const [blue, orange] = ["--blue", "--orange"].map((name) => new Uint8Array([...colour(name), alpha]));
  const out = new Uint8Array(2 * (offsets[rows] - offsets[0]));
  for (let i = 0; i < rows; i++) {
    const tint = after.get(i) ? orange : blue;
    for (let p = 2 * (offsets[i] - offsets[0]); p < 2 * (offsets[i + 1] - offsets[0]); p += 4) out.set(tint, p);
  }
  return out;
}

function layer(batch, n, alpha) {
  const list = batch.getChild("lonlat").data[0];
  const ids = batch.getChild("flight");
  const offsets = list.valueOffsets;
  const colours = tints(batch.getChild("after"), offsets, batch.numRows, alpha);
  return new PathLayer({
    id: `tracks-${n}`,
    data: {
      length: batch.numRows,
      startIndices: Uint32Array.from(offsets.subarray(0, batch.numRows + 1), (o) => o / 2),
      attributes: {
        getPath: { value: list.children[0].values, size: 2 },
        getColor: { value: colours, size: 4, normalized: true },
      },
    },
    positionFormat: "XY",
    _pathType: "open",
    getWidth: 1.2,
    widthUnits: "pixels",
    pickable: true,
    flightOf: (i) => ids.get(i),
  });
}

// `map`: MapLibre; `drawn(layers, said)`: called with every batch; `said`: the schema's metadata, or a fault.
export function makeTracks(map, drawn) {
  let asked = null; // the query of the window, or null for none
  let stop = null;
  let timer = null;
  let last = null;

  async function load() {
    if (asked === null) {
      stop?.abort();
      last = null;
      return drawn([], null);
    }
    const b = map.getBounds();
    const box = [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()].map((v) => v.toFixed(3)).join(",");
    const address = `/tracks.arrow?${asked}&bbox=${box}&zoom=${map.getZoom().toFixed(2)}`;
    if (address === last) return undefined;
    stop?.abort();
    stop = new AbortController();
    const { signal } = stop;
    last = address;
    try {
      const answer = await fetch(address, { signal });
      if (!answer.ok) return drawn([], { fault: (await answer.json()).error });
      const reader = await RecordBatchReader.from(answer.body);
      await reader.open();
      const said = Object.fromEntries(reader.schema.metadata);
      const layers = [];
      for await (const batch of reader) {
        if (signal.aborted) return;
        if (batch.numRows) layers.push(layer(batch, layers.length, strength(Number(said.positions))));
        drawn([...layers], said);
      }
      drawn(layers, { ...said, whole: true });
    } catch (error) {
      if (error.name !== "AbortError") drawn([], { fault: error.message });
    }
  }
  map.on("moveend", () => {
    clearTimeout(timer);
    if (asked !== null) timer = setTimeout(load, PAUSE);
  });
  return (query) => {
    asked = query;
    return load();
  };
}
