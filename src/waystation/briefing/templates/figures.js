// Every figure as a file to publish: SVG, and PNG drawn from that very SVG. Print colours, heading, source, date.
(() => {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  const SCALE = 2; // pixels of the PNG to a unit of the drawing
  const rules = [...document.styleSheets[0].cssRules].filter((r) => r.selectorText);
  const root = rules.find((r) => r.selectorText === ":root");
  const colours = (text) => text.replace(/var\((--[\w-]+)\)/g, (_, name) => root.style.getPropertyValue(name).trim());
  const made = (name, attributes, text = "") => {
    const node = document.createElementNS(NS, name);
    for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v);
    node.textContent = text;
    return node;
  };

  // The rules that touch a drawing, with the colours of the light page in the place of its variables.
  const styleOf = (svg) =>
    rules
      .filter((r) => !/:(hover|focus|target|root)/.test(r.selectorText) && !/^(svg|\*|body)/.test(r.selectorText))
      .filter((r) => svg.matches(r.selectorText) || svg.querySelector(r.selectorText))
      .map((r) => colours(r.cssText))
      .join("\n");

  const lines = (text, width) => {
    const out = [""];
    for (const word of text.split(/\s+/)) {
      if ((out.at(-1) + word).length * 5.9 > width) out.push("");
      out[out.length - 1] += `${word} `;
    }
    return out.map((l) => l.trim()).filter(Boolean);
  };

  const framed = (svg, head, caption) => {
    const [, , w, h] = svg.getAttribute("viewBox").split(" ").map(Number);
    const [width, word] = [w + 32, document.body.dataset.mark];
    const heads = lines(head, (width - (word ? 150 : 32)) / 1.5);
    const said = [...lines(caption, width - 32), ...lines(document.body.dataset.source, width - 32)];
    const top = 24 + 22 * heads.length;
    const height = top + h + 20 + 16 * said.length;
    const sheet = made("svg", { xmlns: NS, width, height, viewBox: `0 0 ${width} ${height}` });
    const inner = svg.cloneNode(true);
    for (const link of inner.querySelectorAll("a")) for (const a of ["href", "class", "tabindex"]) link.removeAttribute(a);
    for (const use of inner.querySelectorAll("use")) {
      const id = use.getAttribute("href").slice(1);
      if (!inner.querySelector(`#${CSS.escape(id)}`)) inner.prepend(document.getElementById(id).cloneNode(true));
    }
    for (const [k, v] of Object.entries({ x: 16, y: top, width: w, height: h })) inner.setAttribute(k, v);
    const family = colours("var(--sans)");
    sheet.append(made("style", {}, styleOf(inner)), made("rect", { width, height, fill: "#fff" }));
    heads.forEach((t, i) =>
      sheet.append(made("text", { x: 16, y: 28 + 22 * i, "font-family": family, "font-size": 18, "font-weight": 700, fill: "#1b1b1a" }, t)),
    );
    sheet.append(inner);
    said.forEach((t, i) =>
      sheet.append(made("text", { x: 16, y: top + h + 20 + 16 * i, "font-family": family, "font-size": 11.5, fill: "#5d5c58" }, t)),
    );
    if (word) {
      const mark = { "font-family": family, "font-weight": 700, fill: "#b3470f" };
      sheet.append(made("text", { ...mark, x: width - 16, y: 28, "text-anchor": "end", "font-size": 15 }, word));
      sheet.append(made("text", { ...mark, x: width / 2, y: top + h / 2, "text-anchor": "middle", "font-size": width / 10, opacity: 0.12 }, word));
    }
    return sheet;
  };

  const give = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  const take = async (figure, form, name) => {
    const svg = [...figure.querySelectorAll("svg[aria-label]")].find((s) => s.getBoundingClientRect().width);
    const sheet = framed(svg, figure.dataset.head, figure.dataset.caption);
    const text = new XMLSerializer().serializeToString(sheet);
    if (form === "svg") return give(new Blob([text], { type: "image/svg+xml" }), `${name}.svg`);
    const picture = new Image();
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await picture.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width * SCALE, picture.height * SCALE];
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return canvas.toBlob((blob) => give(blob, `${name}.png`), "image/png");
  };

  const plain = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60);
  [...document.querySelectorAll("figure")].forEach((figure, i) => {
    if (!figure.querySelector("svg")) return;
    const over = figure.closest(".answer")?.querySelector("h3") ?? figure.closest("section")?.querySelector("h2");
    const caption = figure.querySelector("figcaption");
    const copy = caption.cloneNode(true);
    for (const mark of copy.querySelectorAll(".sim, .swatch")) mark.remove();
    figure.dataset.head = over?.textContent.trim() ?? document.title;
    figure.dataset.caption = copy.textContent.trim().replace(/\s+/g, " ");
    const row = document.createElement("span");
    row.className = "take";
    for (const form of ["svg", "png"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = form.toUpperCase();
      button.setAttribute("aria-label", `This figure as ${form.toUpperCase()}: ${figure.dataset.head}`);
      const mark = document.body.dataset.mark ? `${document.body.dataset.mark}-` : "";
      button.addEventListener("click", () => take(figure, form, `${mark}${plain(document.title)}-${i + 1}`));
      row.append(button);
    }
    caption.append(" ", row);
  });
})();
