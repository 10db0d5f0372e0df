/* The pages in their places, the period in the address, and the small things of the frame around the pages. */
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)], one = (selector) => document.querySelector(selector);
  const byId = (id) => document.getElementById(id), query = window.smartshopieQuery, site = document.title;
  const canonical = (pairs) => String(new URLSearchParams([...pairs].sort())), address = () => canonical(Object.entries(query()));
  const linkOf = () => all("nav a[data-page]").find(({ pathname }) => pathname === location.pathname.replace(/(.)\/+$/, "$1"));
  const mark = (node, on, value) => (on ? node.setAttribute("aria-current", value) : node.removeAttribute("aria-current"));
  const menu = (open) => one("#menu").setAttribute("aria-expanded", document.body.classList.toggle("menu-open", open));

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

  function go(to, isPage) {
    history.pushState({}, "", to);
    settle();
    if (isPage) { menu(false); scrollTo(0, 0); one("#main").focus({ preventScroll: true }); }
  }

  /* A page carries what is no chart as HTML: {id of a place: HTML}. It is put there when the place can be seen. */
  function put(page) {
    Object.entries(page.parts ?? {}).forEach(([id, html]) => {
      const place = byId(id);
      if (place && place.html !== html && !place.closest("details:not([open])")) place.innerHTML = place.html = html;
    });
    carry(); ages(); clearTimeout(idle); idle = setTimeout(ahead, 300);
  }

  /* Only a page that shows what the address asks for, of data as new as the server told or any page shows, is seen. */
  let news, heard, stream, timer, waiting, idle, asked = {}, version = 0, told = 0, lost = 0;
  const isOpen = (page) => page && canonical(new URLSearchParams(page.dataset.query)) === address();
  const shownBy = (page) => Number(page.dataset.shown.split(" ").pop()), isFresh = (page) => isOpen(page) && version <= shownBy(page);

  function ask(name, via = isOpen(byId(name)) ? "live" : "click") {
    const question = `${address()} ${news}`, page = byId(name);
    if (asked[name] === question && via !== "retry") return; // it is on its way, or answered
    asked[name] = question;
    document.body.classList.toggle("quiet", via === "live" || via === "ahead"); // what comes by itself dims nothing
    if (!page) arrivals.observe(byId(`${name}-place`), { childList: true });
    window.dash_clientside.set_props(`${name}-${page ? "period" : "open"}`, { data: { ...query(), via } });
  }
  function settle() {
    all("[data-parts]").filter(({ received, dataset }) => received !== dataset.shown + dataset.parts).forEach((page) => {
      page.received = page.dataset.shown + page.dataset.parts;
      page.parts = { ...page.parts, ...JSON.parse(page.dataset.parts) };
      version = Math.max(version, shownBy(page)); // an answer may be newer than the news
      put(page);
    });
    carry();
    const link = linkOf(), name = link?.dataset.page ?? "not_found_404", page = byId(name);
    if (!one(".page")) return; // Dash has not begun yet
    if (!one(".seen")) { arrivals.disconnect(); arrivals.observe(one("#main"), SHOWN); } // a chart's own changes do not matter
    if (link && !isFresh(page)) return ask(name);
    if (!page.classList.contains("seen")) {
      one(".seen")?.classList.remove("seen");
      page.classList.add("seen");
      document.title = `${link?.textContent ?? "Not found"} · ${site}`;
      window.smartshopiePaint();
      put(page);
    }
    if (news && (asked[name] ??= `${address()} ${news}`)) ask(name); // what no data version counts, such as what is active now
  }
  const reach = () => all(".seen .rows").forEach((rows) => { // the keyboard can scroll what is larger than its place
    if (rows.scrollWidth <= rows.clientWidth && rows.scrollHeight <= rows.clientHeight) return;
    Object.assign(rows, { tabIndex: 0, role: "group", ariaLabel: rows.querySelector("caption").textContent });
  });
  function ahead() { // what can wait; pages not opened yet are drawn in their places
    reach();
    const next = all("nav a[data-page]").find(({ dataset }) => !byId(dataset.page));
    if (next && !document.hidden && !navigator.connection?.saveData && isFresh(one(".seen"))) ask(next.dataset.page, "ahead");
  }

  function ages() {
    all("time[data-ago]").forEach((node) => {
      const minutes = Math.floor((Date.now() - Date.parse(node.dateTime)) / 60000);
      if (minutes >= 0 && minutes < 1440) node.textContent = minutes < 1 ? "just now" : minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
    });
  }

  addEventListener("click", (event) => {
    const on = (selector) => event.target.closest?.(selector);
    all("details.popover[open]").forEach((details) => { if (!details.contains(event.target)) details.open = false; });
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    const link = on("a[href^='?'], a[data-page]");
    if (link) { event.preventDefault(); go(link.href, link.dataset.page); }
    else if (on("[data-choice]")) window.smartshopieTheme(on("[data-choice]").dataset.choice);
    else if (on("[data-print]")) print();
    else if (on("[data-retry]")) ask(linkOf().dataset.page, "retry");
    else if (on("[data-copy]")) {
      getSelection().selectAllChildren(on("[data-copy]").previousElementSibling); // works without https too
      on("[data-copy]").firstChild.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
    } else menu(Boolean(on("#menu")) && one("#menu").getAttribute("aria-expanded") !== "true");
  });
  addEventListener("submit", (event) => {
    if (event.target.id !== "range") return;
    event.preventDefault(); one("#custom").open = false; go(`?${new URLSearchParams(new FormData(event.target))}`);
  });
  addEventListener("toggle", (event) => {
    const days = one(".seen [data-start]");
    if (event.target.id === "custom" && days) ["start", "end"].forEach((end) => { one(`#range-${end}`).value = days.dataset[end]; });
    else if (one(".seen")) { put(one(".seen")); reach(); }
  }, true);
  addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    menu(false); all("details.popover[open]").forEach((details) => { details.open = false; details.querySelector("summary").focus(); });
  });
  /* While the server does not answer, the frame says so; once it does, what is missing is asked for again. */
  const down = (isDown) => { if (isDown) asked = {}; else if (!one("#connection").hidden) setTimeout(settle); one("#connection").hidden = !isDown; };
  const send = window.fetch; window.fetch = async (...request) => {
    const answer = await send(...request).catch((error) => { down(true); throw error; });
    down(answer.status >= 500 || answer.status === 400); if (answer.status === 401) location.reload(); return answer; // 401: to sign in again
  };

  /* News come by a stream while the tab is seen; where there is no place for it, they are asked for. */
  function hear(text) {
    if (text === heard) return;
    heard = text; clearTimeout(waiting); // one renewal in two seconds, the first at once
    waiting = setTimeout(() => { told = Date.now(); version = JSON.parse(news = heard).data.data_version; settle(); }, Math.max(0, told + 2000 - Date.now()));
  }
  async function poll() {
    const answer = await fetch("/api/live").catch(() => null);
    if (answer?.ok) hear(await answer.text());
  }
  function listen() {
    stream?.close(); clearInterval(timer);
    if (document.hidden) return;
    stream = new EventSource("/api/stream");
    stream.onmessage = ({ data }) => hear(data);
    stream.onopen = () => { down(false); lost = 0; };
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) one("#connection").hidden = !lost++; // the browser tries again
      else { poll(); timer = setInterval(poll, 5000); setTimeout(listen, 60000); }
    };
  }
  document.addEventListener("visibilitychange", listen); addEventListener("popstate", settle);

  const arrivals = new MutationObserver(settle), SHOWN = { subtree: true, attributeFilter: ["data-parts", "data-query", "data-shown"] };
  arrivals.observe(one("#main"), { childList: true, subtree: true });
  setInterval(ages, 30000); listen();
})();
