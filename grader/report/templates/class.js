"use strict";
// Sorting and filtering; without it the page has everything, in order.
for (const table of document.querySelectorAll(".sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.classList.contains("plain")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const text = (row) => row.cells[column].textContent.trim();
      const number = (row) => (/^-?[\d.]+$/.test(text(row)) ? Number(text(row)) : NaN);
      const words = [...body.rows].some((row) => text(row) && isNaN(number(row)));
      const before = head.getAttribute("aria-sort");
      const sign = before ? (before === "ascending" ? -1 : 1) : words ? 1 : -1;
      const keyed = [...body.rows].map((row) => [words ? text(row) : number(row), row]);
      const empty = (key) => key === "" || Number.isNaN(key);
      const compare = words ? new Intl.Collator(undefined, { numeric: true }).compare : (a, b) => a - b;
      // What is empty stays below, whichever way.
      keyed.sort(([a], [b]) => empty(a) - empty(b) || (empty(a) ? 0 : sign * compare(a, b)));
      body.append(...keyed.map(([, row]) => row));
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    });
  });
}
const [find, show, count] = ["find", "show", "count"].map((id) => document.getElementById(id));
const rows = [...document.getElementById("table").tBodies[0].rows].map((row) => [
  row,
  row.textContent.toLowerCase(),
  (row.dataset.is || "").split(" "),
]);
const filter = () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const [row, text, is] of rows) {
    const fits = words.every((word) => text.includes(word)) && (!show.value || is.includes(show.value));
    row.hidden = !fits;
    shown += fits;
  }
  count.textContent = `${shown} of ${rows.length}`;
};
find.addEventListener("input", filter);
show.addEventListener("change", filter);
find.form.addEventListener("submit", (event) => event.preventDefault());
find.form.hidden = false;
filter();
