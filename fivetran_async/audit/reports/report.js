"use strict";
(() => {
  const PAGE = 100;
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const collator = new Intl.Collator("en", { numeric: true });
  const rank = new Map(data.severities.map((name, place) => [name, place]));
  const severity = (name) => rank.get(name) ?? rank.size;

  // Texts of the account go into the page as text, never as markup.
  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const many = (count, what) => `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;

  // A table of which one page is in the document at a time, however many rows there are.
  const table = (home, { title, what, columns, rows, sort }) => {
    let shown = rows;
    let all = rows.length;
    let first = 0;
    let order = sort;
    const count = make("p", { class: "count", role: "status" });
    const body = make("tbody", { role: "rowgroup" });
    const heads = columns.map((column, place) => {
      const button = make("button", { type: "button" }, column.name);
      button.addEventListener("click", () => {
        order = { place, down: order.place === place ? !order.down : Boolean(column.number) };
        first = 0;
        draw();
      });
      return make("th", { scope: "col", role: "columnheader", ...(column.number ? { class: "number" } : {}) }, button);
    });
    // The roles keep it a table where a narrow page shows each row as a card.
    const whole = make(
      "table", { class: "cards", role: "table" },
      make("caption", { class: "hidden" }, title),
      make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads)),
      body,
    );
    const back = make("button", { type: "button" }, "Previous page");
    const on = make("button", { type: "button" }, "Next page");
    const at = make("span", { class: "count" });
    const pages = make("nav", { class: "pages", "aria-label": `Pages: ${title}` }, back, on, at);
    const turn = (by) => {
      first += by;
      draw();
      whole.scrollIntoView({ block: "start" });
    };
    back.addEventListener("click", () => turn(-PAGE));
    on.addEventListener("click", () => turn(PAGE));

    const draw = () => {
      const { key } = columns[order.place];
      const sign = order.down ? -1 : 1;
      const keyed = shown.map((row, place) => [key(row), place, row]);
      keyed.sort(([a, i], [b, j]) =>
        (typeof a === "number" ? sign * (a - b) : sign * collator.compare(a, b)) || i - j);
      heads.forEach((head, place) => {
        if (place === order.place) head.setAttribute("aria-sort", order.down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      body.replaceChildren(...keyed.slice(first, first + PAGE).map(([, , row]) => make(
        "tr", { role: "row" },
        ...columns.map((column) => {
          const cell = column.cell(row);
          return make(
            "td", { role: "cell", "data-label": column.name, ...(column.number ? { class: "number" } : {}) },
            ...(Array.isArray(cell) ? cell : [cell]),
          );
        }),
      )));
      count.textContent = shown.length === all
        ? many(all, what) : `${shown.length.toLocaleString("en")} of ${many(all, what)}`;
      at.textContent = shown.length
        ? `${first + 1} to ${Math.min(first + PAGE, shown.length)} of ${shown.length.toLocaleString("en")}` : "";
      back.disabled = first === 0;
      on.disabled = first + PAGE >= shown.length;
      pages.hidden = shown.length <= PAGE;
      whole.hidden = !shown.length;
    };
    home.replaceChildren(count, whole, pages);
    draw();
    return {
      show: (some, of) => {
        shown = some;
        all = of.length;
        first = 0;
        draw();
      },
    };
  };

  const badge = (name) => make("span", { class: `severity ${rank.has(name) ? name : "none"}` }, name || "none");

  const findings = data.findings.map(([state, level, rule, kind, id, name, where, group, service, reason, details]) => ({
    waived: state === "waived", level, rule, kind, id, name, where, group, service, reason, details,
    text: [rule, kind, id, name, where, group, service, reason, ...details].join("\n").toLowerCase(),
  }));
  const why = (row) => {
    const rule = data.rules[row.rule];
    const more = make("details", {}, make("summary", {}, "What to do"), make("p", {}, `${rule.title}. ${rule.remedy}`));
    if (row.details.length) more.append(make("ul", {}, ...row.details.map((detail) => make("li", {}, detail))));
    return [row.reason, more];
  };
  const unwaived = findings.filter((row) => !row.waived);
  const list = table(byId("findings-table"), {
    title: "Findings",
    what: "finding",
    rows: unwaived,
    sort: { place: 0, down: false },
    columns: [
      { name: "Severity", key: (row) => severity(row.level),
        cell: (row) => row.waived ? [make("span", {}, badge(row.level), " (exception)")] : badge(row.level) },
      { name: "Rule", key: (row) => row.rule, cell: (row) => row.rule },
      { name: "Where", key: (row) => row.where,
        cell: (row) => make("span", {}, row.where, make("br"), make("span", { class: "where" }, `${row.kind.replaceAll("_", " ")} ${row.id}`)) },
      { name: "Service", key: (row) => row.service, cell: (row) => row.service },
      { name: "Why", key: (row) => row.reason, cell: (row) => make("div", {}, ...why(row)) },
    ],
  });

  const choices = { severity: "level", rule: "rule", kind: "kind", group: "group", service: "service" };
  for (const [name, field] of Object.entries(choices)) {
    const values = [...new Set(findings.map((row) => row[field]))].filter(Boolean);
    values.sort(name === "severity" ? (a, b) => severity(a) - severity(b) : collator.compare);
    byId(`filter-${name}`).append(make("option", { value: "" }, "all"), ...values.map((value) => make("option", { value }, value)));
  }
  const filter = () => {
    const words = byId("filter-text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = Object.entries(choices).map(([name, field]) => [field, byId(`filter-${name}`).value]);
    const from = byId("filter-waived").checked ? findings : unwaived;
    list.show(from.filter((row) => words.every((word) => row.text.includes(word))
      && wanted.every(([field, value]) => !value || row[field] === value)), from);
  };
  let waiting = 0;
  byId("filter-text").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  byId("filters").addEventListener("change", filter);
  byId("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    filter();
  });
  byId("filters").addEventListener("reset", () => setTimeout(filter));
  byId("filter-waived").closest("label").hidden = unwaived.length === findings.length;
  byId("filters").hidden = !findings.length;

  const states = (home, title, what, rows) => {
    const number = (name, field) => ({
      name, number: true, key: (row) => row[field], cell: (row) => row[field].toLocaleString("en"),
    });
    table(byId(home), {
      title,
      what,
      rows,
      sort: { place: 1, down: false },
      columns: [
        { name: what[0].toUpperCase() + what.slice(1), key: (row) => row.name, cell: (row) => row.name },
        { name: "Worst", key: (row) => severity(row.worst), cell: (row) => badge(row.worst) },
        number("Findings", "findings"), number("Connections", "connections"), number("Healthy", "healthy"),
        number("Broken", "broken"), number("Incomplete", "incomplete"), number("Paused", "paused"),
        number("Delayed", "delayed"),
      ],
    });
  };
  states("groups-table", "State by group", "group", data.groups);
  states("services-table", "State by service", "service", data.services);
})();
