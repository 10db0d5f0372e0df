/* The period in the address, page links, tables from their data, and the small things of the frame around the pages. */
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const query = () => Object.fromEntries(new URLSearchParams(location.search));
  const same = (left, right) => String(new URLSearchParams([...new URLSearchParams(left)].sort())) ===
    String(new URLSearchParams([...new URLSearchParams(right)].sort()));
  const tell = (via) => window.dash_clientside.set_props("period", { data: { ...query(), via } });

  /* Links follow the address: pages and files keep the window, periods keep as_of; what is current says so. */
  function carry() {
    const { as_of, period, start } = query();
    all("a[data-carry]").forEach((link) => { link.search = location.search; });
    all("a[data-period]").forEach((link) => {
      link.setAttribute("href", `?period=${link.dataset.period}${as_of ? `&as_of=${encodeURIComponent(as_of)}` : ""}`);
      mark(link, !start && link.dataset.period === (period || "30d"), "true");
    });
    mark(one("#custom > summary"), Boolean(start), "true");
    all("nav a[data-carry]").forEach((link) => mark(link, link.pathname === location.pathname, "page"));
  }
  const mark = (node, on, value) => (on ? node.setAttribute("aria-current", value) : node.removeAttribute("aria-current"));

  function showWindow(search) {
    history.pushState({}, "", location.pathname + search);
    carry();
    tell("click");
  }

  function openPage(link) {
    history.pushState({}, "", link.href);
    dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    carry();
    menu(false);
    scrollTo(0, 0);
    one("#main").focus({ preventScroll: true });
  }

  function menu(open) {
    one("#menu").setAttribute("aria-expanded", open);
    document.body.classList.toggle("menu-open", open);
  }

  /* A table is sent as data and built when it can be seen: a thousand cells cost nothing until then.
     A cell is a text, or {text, below, bar: share of the column's highest, tone, ago: a moment}. */
  function add(parent, kind, text, type) {
    const made = parent.appendChild(document.createElement(kind));
    if (text) made.textContent = text;
    if (type) made.className = type;
    return made;
  }
  function fill(cell, given) {
    if (typeof given !== "object") { cell.textContent = given; return; }
    const line = add(cell, "span");
    if (given.bar !== undefined) add(line, "i", "", "bar").style.setProperty("--share", given.bar);
    if (given.ago) Object.assign(add(line, "time", given.text), { dateTime: given.ago }).dataset.ago = "1";
    else add(line, given.tone ? "b" : "span", given.text, given.tone);
    if (given.below) add(cell, "small", given.below);
  }
  function buildTables() {
    all("[data-table]").forEach((holder) => {
      if (holder.built === holder.dataset.table || holder.closest("details:not([open])")) return;
      holder.built = holder.dataset.table;
      const { caption, head, rows } = JSON.parse(holder.built);
      const table = document.createElement("table");
      const kinds = head.map(({ number, bar }) => `${number ? "number" : ""} ${bar ? "barred" : ""}`.trim());
      add(table, "caption", caption);
      const top = add(add(table, "thead"), "tr"), body = add(table, "tbody");
      head.forEach(({ label }, at) => { add(top, "th", label, kinds[at]).scope = "col"; });
      rows.forEach((row) => {
        const line = add(body, "tr");
        row.forEach((given, at) => {
          const cell = add(line, at ? "td" : "th", "", kinds[at]);
          if (!at) cell.scope = "row";
          fill(cell, given);
        });
      });
      holder.replaceChildren(...(rows.length ? [table] : []));
      ages();
    });
  }

  let shown = null;
  function settle() {
    buildTables();
    const page = one("[data-query]");
    if (!page || page === shown) return;
    shown = page;
    carry();
    if (!same(page.dataset.query, location.search)) tell("late"); // the period was changed while the page was on its way
  }

  function ages() {
    all("time[data-ago]").forEach((node) => {
      const minutes = Math.floor((Date.now() - Date.parse(node.dateTime)) / 60000);
      if (minutes < 0 || minutes >= 1440) return; // days do not pass while one looks
      node.textContent = minutes < 1 ? "just now" : minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
    });
  }

  addEventListener("click", (event) => {
    const on = (selector) => event.target.closest?.(selector);
    all("details.popover[open]").forEach((details) => { if (!details.contains(event.target)) details.open = false; });
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    const link = on("a[href^='?'], a[data-page]");
    if (link) {
      event.preventDefault();
      if (link.dataset.page) openPage(link); else showWindow(link.getAttribute("href"));
    } else if (on("[data-choice]")) window.smartshopieTheme(on("[data-choice]").dataset.choice);
    else if (on("[data-print]")) print();
    else if (on("[data-retry]")) { one("#connection").hidden = true; tell("retry"); }
    else if (on("#menu")) menu(one("#menu").getAttribute("aria-expanded") !== "true");
    else if (document.body.classList.contains("menu-open") && !on("#sidebar")) menu(false);
  });
  addEventListener("submit", (event) => {
    if (event.target.id !== "range") return;
    event.preventDefault();
    one("#custom").open = false;
    showWindow(`?${new URLSearchParams(new FormData(event.target))}`);
  });
  addEventListener("toggle", (event) => {
    const window_ = one("[data-start]");
    if (event.target.id === "custom" && event.target.open && window_) {
      one("#range-start").value = window_.dataset.start;
      one("#range-end").value = window_.dataset.end;
    }
    buildTables();
  }, true);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu(false);
    all("details.popover[open]").forEach((details) => { details.open = false; details.querySelector("summary").focus(); });
  });
  addEventListener("popstate", () => { carry(); tell("back"); });
  addEventListener("visibilitychange", () => {
    window.dash_clientside.set_props("live", { disabled: document.hidden });
  }, true);

  const ask = window.fetch;
  window.fetch = async (...request) => {
    const ours = String(request[0].url || request[0]).includes("_dash-update-component");
    const answer = await ask(...request).catch((error) => { if (ours) one("#connection").hidden = false; throw error; });
    if (ours) one("#connection").hidden = answer.status < 500;
    return answer;
  };

  new MutationObserver(settle).observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-table"] });
  setInterval(ages, 30000);
  carry();
})();
