"use strict";
(() => {
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);

  const theme = find("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const tellTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    tellTheme();
  });
  system.addEventListener("change", tellTheme);
  tellTheme();

  const table = find("issue-table");
  if (!table) return;

  const cell = (body, place) => body.rows[0].cells[place].textContent;
  const rows = [...table.tBodies].map((body) => ({
    body,
    n: Number(body.dataset.n),
    r: Number(body.dataset.r),
    e: Number(body.dataset.e),
    v: Number(body.dataset.v),
    k: Number(body.dataset.k),
    g: body.dataset.g,
    s: body.dataset.s,
    d: body.dataset.d.split(" "),
    p: (body.dataset.p || "").split(" "),
    given: cell(body, 2),
    suggested: cell(body, 3),
    words: null,
  }));
  // What the row itself says: not its neighbours, nor what every card says.
  const OWN = ".head td:nth-child(-n+4), summary, .id, .text, .by";
  const words = (row) =>
    (row.words ??= [...row.body.querySelectorAll(OWN)]
      .map((part) => part.textContent)
      .join("\n")
      .toLowerCase());

  const form = find("filters");
  const fields = [...form.querySelectorAll("[data-filter]")];
  const size = find("page-size");
  let key = "n";
  let down = false;
  let page = 0;

  const fits = {
    text: (row, value) => words(row).includes(value.trim().toLowerCase()),
    class: (row, value) => row.g === value || row.s === value,
    pair: (row, value) => `${row.g} ${row.s}` === value,
    severity: (row, value) => String(row.v) === value,
    kind: (row, value) => String(row.k) === value,
    detector: (row, value) => row.d.includes(value),
    pattern: (row, value) => row.p.includes(value),
  };
  const labels = new Intl.Collator("en", { numeric: true });
  const isNumber = (label) => label.trim() !== "" && Number.isFinite(Number(label));
  const compareLabels = (a, b) => {
    if (isNumber(a) && isNumber(b)) return Number(a) - Number(b);
    return isNumber(b) - isNumber(a) || labels.compare(a, b);
  };
  const compare = (one, other) => {
    const [a, b] = [one[key], other[key]];
    const order = typeof a === "string" ? compareLabels(a, b) : a - b;
    return (down ? -order : order) || one.n - other.n;
  };
  const chosen = () => {
    const asked = fields.filter((field) => field.value !== "");
    return rows
      .filter((row) => asked.every((field) => fits[field.dataset.filter](row, field.value)))
      .sort(compare);
  };

  const draw = () => {
    const left = chosen();
    const each = Number(size.value);
    const pages = Math.max(1, Math.ceil(left.length / each));
    page = Math.min(Math.max(page, 0), pages - 1);
    const first = page * each;
    const shown = left.slice(first, first + each);
    for (const row of rows) row.body.hidden = true;
    for (const row of shown) {
      row.body.hidden = false;
      table.append(row.body);
    }
    const number = (value) => value.toLocaleString("en");
    find("status").textContent = left.length
      ? `Showing ${number(first + 1)} to ${number(first + shown.length)} of ${number(left.length)}`
        + (left.length < rows.length ? ` that fit, of ${number(rows.length)} issues.` : " issues.")
      : `None of ${number(rows.length)} issues fits.`;
    find("pages").hidden = pages === 1;
    find("page-number").textContent = `Page ${number(page + 1)} of ${number(pages)}`;
    find("previous").disabled = page === 0;
    find("next").disabled = page === pages - 1;
  };
  const restart = () => {
    page = 0;
    draw();
  };
  const turn = (step) => {
    page += step;
    draw();
    table.scrollIntoView({ block: "start" });
  };

  for (const head of table.querySelectorAll("[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      down = key === head.dataset.sort ? !down : ["e", "v"].includes(head.dataset.sort);
      key = head.dataset.sort;
      for (const other of table.querySelectorAll("[data-sort]")) {
        if (other === head) other.setAttribute("aria-sort", down ? "descending" : "ascending");
        else other.removeAttribute("aria-sort");
      }
      restart();
    });
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", restart);
  form.addEventListener("reset", () => setTimeout(restart));
  find("previous").addEventListener("click", () => turn(-1));
  find("next").addEventListener("click", () => turn(1));

  for (const button of document.querySelectorAll("[data-pattern]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      form.reset();
      find("by-pattern").value = button.dataset.pattern;
      setTimeout(() => {
        restart();
        find("issues").scrollIntoView();
        find("by-pattern").focus({ preventScroll: true });
      });
    });
  }

  const openLinked = () => {
    const found = /^#issue-(\d+)$/.exec(location.hash);
    const row = found && rows.find((one) => one.n === Number(found[1]));
    if (!row) return;
    for (const field of fields) field.value = "";
    page = Math.floor(chosen().indexOf(row) / Number(size.value));
    draw();
    row.body.querySelector("details").open = true;
    row.body.scrollIntoView();
    row.body.querySelector("summary").focus({ preventScroll: true });
  };
  addEventListener("hashchange", openLinked);
  draw();
  openLinked();
})();
