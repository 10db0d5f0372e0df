/* In the page: when is everything drawn that the page's list names? The answer is the time at which that frame is painted. */
(() => {
  const visible = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(visible);
  const plots = () => all(".js-plotly-plot");
  const ends = (values) => (values && values.length ? [values.length, String(values[0]), String(values[values.length - 1])] : []);
  const drawn = (plot) => plot._fullData && plot._fullData.length && plot.querySelector(".main-svg g.trace");
  const signature = (plot) => JSON.stringify((plot._fullData || []).map((trace) => [ends(trace.x), ends(trace.y)]));

  const bench = { acted: 0, plots: () => plots().filter(drawn).length };
  for (const kind of ["click", "submit"]) {
    addEventListener(kind, (event) => { bench.acted = event.timeStamp; }, true);
  }

  /* want: {page, absent, charts, tables, pending, before: signatures that must be gone} */
  bench.complete = (want) => { // cheap questions first: asking what is visible costs a layout
    const found = [...document.querySelectorAll(".js-plotly-plot")].filter(drawn);
    if (found.length < want.charts) return false;
    if (want.before && found.filter((plot) => !want.before.includes(signature(plot))).length < want.charts) return false;
    const seen = plots();
    return seen.length === want.charts && seen.every((plot) => found.includes(plot))
      && (!want.before || seen.every((plot) => !want.before.includes(signature(plot))))
      && all(want.page).length > 0 && all(want.absent).length === 0 && all(want.pending).length === 0
      && all("table").filter((table) => table.rows.length > 1).length >= want.tables;
  };
  bench.remember = () => plots().map(signature);
  const state = () => `${location.href}: ${bench.plots()} charts drawn, ${all("table").length} tables`;
  bench.wait = (want) => new Promise((resolve, reject) => {
    const last = performance.now() + 30000;
    const look = () => {
      if (performance.now() > last) { reject(new Error(`not complete after 30 s: ${JSON.stringify(want)}; ${state()}`)); return; }
      if (!bench.complete(want)) { requestAnimationFrame(look); return; }
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(performance.now());
      port2.postMessage(null);
    };
    requestAnimationFrame(look);
  });
  window.bench = bench;
})();
