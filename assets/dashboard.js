/* The period in the address, page links, tables from their data, and the small things of the frame around the pages. */
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const query = () => Object.fromEntries(new URLSearchParams(location.search));
  const sorted = (search) => String(new URLSearchParams([...new URLSearchParams(search)].sort()));
  const tell = (via) => {
    document.body.classList.toggle("quiet", via === "live"); // what comes by itself dims nothing
    window.dash_clientside.set_props("period", { data: { ...query(), via } });
  };
  const mark = (node, on, value) => (on ? node.setAttribute("aria-current", value) : node.removeAttribute("aria-current"));

  /* Links follow the address: pages and files keep the window, periods keep as_of; what is current says so. */
  function carry() {
    const { as_of: asOf, period = "30d", start } = query();
    all("a[data-carry]").forEach((link) => link.setAttribute("href", link.pathname + location.search));
    all("a[data-period]").forEach((link) => {
      link.setAttribute("href", `?${new URLSearchParams({ period: link.dataset.period, ...(asOf && { as_of: asOf }) })}`);
      mark(link, !start && link.dataset.period === period, "true");
    });
    mark(one("#custom > summary"), Boolean(start), "true");
    all("nav a[data-carry]").forEach((link) => mark(link, link.pathname === location.pathname, "page"));
  }

  function go(address, isPage) {
    history.pushState({}, "", address);
    carry();
    if (!isPage) return tell("click");
    dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    menu(false); scrollTo(0, 0);
    return one("#main").focus({ preventScroll: true });
  }

  const menu = (open) => one("#menu").setAttribute("aria-expanded", document.body.classList.toggle("menu-open", open));

  /* A table is sent as data and built when it can be seen: a thousand cells cost nothing until then.
     A cell is a text, or {text, below, bar: share of the column's highest, tone, ago: a moment}. */
  function add(parent, kind, text = "", type = "") {
    return parent.appendChild(Object.assign(document.createElement(kind), { textContent: text, className: type }));
  }
  function fill(cell, given) {
    const { text, below, bar, tone, ago } = typeof given === "object" ? given : { text: given };
    const line = add(cell, "span");
    if (bar !== undefined) add(line, "i", "", "bar").style.setProperty("--share", bar);
    const words = add(line, ago ? "time" : tone ? "b" : "span", text, tone);
    if (ago) Object.assign(words, { dateTime: ago }).dataset.ago = "1";
    if (below) add(cell, "small", below);
  }
  function buildTable(holder) {
    if (holder.built === holder.dataset.table || holder.closest("details:not([open])")) return;
    const { caption, head, rows } = JSON.parse(holder.built = holder.dataset.table);
    const table = document.createElement("table");
    const kinds = head.map(({ number, bar }) => `${number ? "number" : ""} ${bar ? "barred" : ""}`.trim());
    add(table, "caption", caption);
    const top = add(add(table, "thead"), "tr"), body = add(table, "tbody");
    head.forEach(({ label }, at) => { add(top, "th", label, kinds[at]).scope = "col"; });
    rows.forEach((row) => {
      const line = add(body, "tr");
      row.forEach((given, at) => fill(Object.assign(add(line, at ? "td" : "th", "", kinds[at]), at ? {} : { scope: "row" }), given));
    });
    holder.replaceChildren(...(rows.length ? [table] : []));
    const scrolls = holder.scrollWidth > holder.clientWidth || holder.scrollHeight > holder.clientHeight;
    if (scrolls) Object.assign(holder, { tabIndex: 0, role: "group", ariaLabel: caption }); // the keyboard can scroll it
    ages();
  }

  let shown, stream, timer, waiting, news, version = 0, told = 0, lost = 0;
  const isOld = (page) => version > Number(page.dataset.shown?.split(" ").pop());
  function settle() {
    all("[data-table]").forEach(buildTable);
    const page = one("[data-query]");
    if (!page || page === shown) return;
    shown = page;
    carry();
    if (sorted(page.dataset.query) !== sorted(location.search) || isOld(page)) tell("late"); // on the way it changed
  }

  function ages() {
    all("time[data-ago]").forEach((node) => {
      const minutes = Math.floor((Date.now() - Date.parse(node.dateTime)) / 60000);
      if (minutes < 0 || minutes >= 1440) return; // a day does not pass while one looks
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
      go(link.href, link.dataset.page);
    } else if (on("[data-choice]")) window.smartshopieTheme(on("[data-choice]").dataset.choice);
    else if (on("[data-print]")) print();
    else if (on("[data-retry]")) tell("retry");
    else if (on("[data-copy]")) {
      getSelection().selectAllChildren(on("[data-copy]").previousElementSibling); // works without https too
      on("[data-copy]").firstChild.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
    } else menu(Boolean(on("#menu")) && one("#menu").getAttribute("aria-expanded") !== "true");
  });
  addEventListener("submit", (event) => {
    if (event.target.id !== "range") return;
    event.preventDefault();
    one("#custom").open = false;
    go(`?${new URLSearchParams(new FormData(event.target))}`);
  });
  addEventListener("toggle", (event) => {
    const days = one("[data-start]");
    if (event.target.id === "custom" && days) ["start", "end"].forEach((end) => { one(`#range-${end}`).value = days.dataset[end]; });
    settle();
  }, true);
  addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    menu(false);
    all("details.popover[open]").forEach((details) => { details.open = false; details.querySelector("summary").focus(); });
  });
  addEventListener("popstate", () => { carry(); tell("back"); });

  /* When the server does not answer, the frame says so. */
  const ask = window.fetch;
  window.fetch = async (...request) => {
    const answer = await ask(...request).catch((error) => { one("#connection").hidden = false; throw error; });
    one("#connection").hidden = answer.status < 500;
    return answer;
  };

  /* News come by a stream while the tab is seen; where there is no place for it, they are asked for. */
  function hear(text) {
    if (text === news) return;
    const isFirst = !news;
    version = JSON.parse(news = text).data.data_version;
    if (isFirst && !(shown && isOld(shown))) return; // the page is as new; one on its way is looked at by settle
    clearTimeout(waiting); // one renewal in two seconds, the first at once
    waiting = setTimeout(() => { told = Date.now(); if (shown) tell("live"); }, Math.max(0, told + 2000 - Date.now()));
  }
  async function poll() {
    const answer = await fetch("/api/live").catch(() => null);
    if (answer?.status === 401) location.reload(); // to sign in again
    if (answer?.ok) hear(await answer.text());
  }
  function listen() {
    stream?.close(); clearInterval(timer);
    if (document.hidden) return;
    stream = new EventSource("/api/stream");
    stream.onmessage = ({ data }) => hear(data);
    stream.onopen = () => { one("#connection").hidden = true; lost = 0; };
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) one("#connection").hidden = !lost++; // the browser tries again
      else { poll(); timer = setInterval(poll, 5000); setTimeout(listen, 60000); }
    };
  }
  document.addEventListener("visibilitychange", listen);

  new MutationObserver(settle).observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-table"] });
  setInterval(ages, 30000);
  carry();
  listen();
})();
