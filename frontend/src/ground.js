// The ground under what flew: land and borders of Natural Earth, in the colours of the page.

const sheet = () => getComputedStyle(document.documentElement);
export const css = (name) => sheet().getPropertyValue(name).trim();

export function colour(name) {
  const text = css(name);
  const n = Number.parseInt(text.length === 4 ? text.slice(1).replace(/./g, "$&$&") : text.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

export function ground(basemap) {
  const shape = (type, parts) => ({
    type: "FeatureCollection",
    features: parts.map((p) => ({
      type: "Feature",
      properties: {},
      geometry: { type, coordinates: type === "Polygon" ? [p] : p },
    })),
  });
  const line = (id, source, width) => ({
    id,
    type: "line",
    source,
    paint: { "line-color": css("--coast"), "line-width": width },
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
      line("coast", "land", 0.9),
      line("borders", "borders", 0.7),
    ],
  };
}
