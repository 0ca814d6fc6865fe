// The page is whole without this: it adds finding, sorting, local time on hover, and headings that print on every sheet.
(() => {
  "use strict";
  const table = document.getElementById("flight-table");
  const rows = table ? [...table.tBodies] : [];
  const find = document.getElementById("find");
  const which = document.getElementById("which");
  const shown = document.getElementById("shown");

  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const row of rows) {
      const named = (row.dataset.o ? 1 : 0) + (row.dataset.d ? 1 : 0);
      const kind = ["none", "one", "both"][named];
      const text = row.textContent.toLowerCase();
      row.hidden = (which.value && which.value !== kind) || !words.every((w) => text.includes(w));
      if (!row.hidden) n += 1;
    }
    shown.textContent = `${n} of ${rows.length} shown`;
  };

  const sort = (th) => {
    const key = th.dataset.key;
    const down = th.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    const numeric = key === "km" || key === "gap";
    const order = (a, b) =>
      numeric ? a.dataset[key] - b.dataset[key] : a.dataset[key].localeCompare(b.dataset[key]);
    table.append(...rows.sort((a, b) => (down ? -order(a, b) : order(a, b))));
  };

  if (table) {
    document.querySelector(".controls").hidden = false;
    document.querySelector(".controls").addEventListener("submit", (e) => e.preventDefault());
    find.addEventListener("input", filter);
    which.addEventListener("change", filter);
    for (const th of table.tHead.rows[0].cells) {
      if (!th.dataset.key) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = th.textContent;
      button.addEventListener("click", () => sort(th));
      th.replaceChildren(button);
    }
    // a link to a row that the filter hides must still arrive
    window.addEventListener("hashchange", () => {
      const row = document.getElementById(location.hash.slice(1));
      if (row && row.hidden) {
        find.value = "";
        which.value = "";
        filter();
        row.scrollIntoView();
      }
    });
  }

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.addEventListener("pointerover", (e) => {
    const time = e.target.closest && e.target.closest("time[datetime]");
    if (time && !time.title) {
      const at = new Date(time.dateTime);
      const local = at.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
      time.title = `${time.dateTime} UTC\n${local} in your time zone (${zone})`;
    }
  });
  // A heading that is repeated on the next sheet shows its text, but not the buttons in it.
  const heads = table ? [...table.tHead.rows[0].cells].filter((th) => th.dataset.key) : [];
  const buttons = heads.map((th) => th.firstElementChild);
  window.addEventListener("beforeprint", () => heads.forEach((th) => th.replaceChildren(th.textContent)));
  window.addEventListener("afterprint", () => heads.forEach((th, i) => th.replaceChildren(buttons[i])));
})();
