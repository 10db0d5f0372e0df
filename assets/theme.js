/* Runs in the head, before anything is painted: the first questions, the colour mode, and the template of charts in it. */
(() => {
  window.smartshopieQuery = () => {
    const { via, ...asked } = Object.fromEntries(new URLSearchParams(location.search)); // via is ours
    return asked.start ? asked : { period: "30d", ...asked };
  };
  const send = window.fetch, asked = new URLSearchParams({ ...window.smartshopieQuery(), path: location.pathname });
  const early = Object.fromEntries(["/_dash-layout", "/_dash-dependencies"].map((to) => [to, send(`${to}?${asked}`)])); // before Dash asks
  window.fetch = (to, ...rest) => early[to]?.then((answer) => answer.clone()) ?? send(to, ...rest);

  const root = document.documentElement, darkSystem = matchMedia("(prefers-color-scheme: dark)");
  let choice = "system", printing = false, plotly, loaded;
  try { choice = localStorage.getItem("theme") || "system"; } catch { /* storage is blocked: the system's mode is used */ }

  const mode = () => (printing ? "light" : choice === "system" ? (darkSystem.matches ? "dark" : "light") : choice);
  const ink = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  const templates = {}, template = () => (templates[mode()] ??= made()); // asking for a colour has the browser work out all styles
  function made() {
    const axis = {
      gridcolor: ink("--line"), linecolor: ink("--line-strong"), zerolinecolor: ink("--line-strong"), zerolinewidth: 1,
      tickfont: { color: ink("--muted"), size: 12 }, fixedrange: true, ticks: "", title: { font: { size: 12 } },
    };
    return { layout: {
      colorway: [1, 2, 3, 4, 5, 6].map((at) => ink(`--series-${at}`)), paper_bgcolor: "transparent", plot_bgcolor: "transparent",
      font: { family: ink("--font"), size: 12.5, color: ink("--ink") }, bargap: 0.28, bargroupgap: 0.08, dragmode: false,
      xaxis: { ...axis, showgrid: false, showline: true, tickangle: 0 }, yaxis: { ...axis, separatethousands: true },
      hovermode: "x unified", hoverlabel: { bgcolor: ink("--card"), bordercolor: ink("--line-strong"), font: { color: ink("--ink") } },
      legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, font: { color: ink("--ink-soft"), size: 12.5 }, itemclick: false, itemdoubleclick: false },
    }, data: { scatter: [{ line: { width: 2.25 }, marker: { size: 5 } }], bar: [{ marker: { line: { width: 0 }, cornerradius: 2 }, textfont: { size: 11 } }] } };
  }

  /* Give traces the colour of their series, and the figure its template. The figure itself stays as it came. */
  function painted(figure, node) {
    const { margin, meta } = figure.layout, width = node._fullLayout?.width ?? node.clientWidth, colours = template().layout.colorway;
    const near = margin ? Math.max(1, Math.floor((width - margin.l - margin.r) / meta.places / 2)) : 1; // pixels to the next bucket
    const data = (figure.data || []).map((trace) => {
      const color = colours[(trace.meta?.series ?? 0) % colours.length];
      return { ...trace, line: { ...trace.line, color }, marker: { ...trace.marker, color }, fillcolor: `${color}29` };
    });
    return { ...figure, data, layout: { ...figure.layout, hoverdistance: near, template: template() } };
  }

  const loading = new Promise((resolve) => { loaded = resolve; }); // what Dash waits for: plotly.js loads beside its scripts
  const fits = ({ _fullLayout: drawn, clientWidth, clientHeight }) => Math.abs(drawn.width - clientWidth) + Math.abs(drawn.height - clientHeight) < 2;
  Object.defineProperty(window, "Plotly", { configurable: true, get: () => plotly ?? loading, set: (value) => {
    const { react, Plots: { resize } } = plotly = value;
    plotly.Plots.resize = (node) => (fits(node) ? Promise.resolve() : resize(node)); // Dash would draw all twice
    plotly.react = (node, figure) => { Object.assign(node, { figure, mode: mode() }); return react(node, painted(figure, node)); };
    loaded();
  } });
  window.smartshopiePaint = () => document.querySelectorAll(".seen .js-plotly-plot").forEach((node) => {
    if (node.figure && node.mode !== mode()) plotly.react(node, node.figure);
  });

  function apply() {
    Object.assign(root.dataset, { bsTheme: mode(), theme: choice });
    window.smartshopiePaint();
  }
  window.smartshopieTheme = (chosen) => {
    choice = chosen;
    try { localStorage.setItem("theme", chosen); } catch { /* the choice lasts until the page is left */ }
    apply();
  };
  ["beforeprint", "afterprint"].forEach((type) => addEventListener(type, () => { printing = type === "beforeprint"; apply(); }));
  darkSystem.addEventListener("change", apply); apply();
})();
