/* Runs in the head, before anything is painted: the colour mode, and the template of every chart in that mode. */
(() => {
  const root = document.documentElement;
  const darkSystem = matchMedia("(prefers-color-scheme: dark)");
  let choice = "system", printing = false, plotly;
  try { choice = localStorage.getItem("theme") || "system"; } catch { /* storage is blocked: the system's mode is used */ }

  const mode = () => (printing ? "light" : choice === "system" ? (darkSystem.matches ? "dark" : "light") : choice);
  const ink = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const way = () => [1, 2, 3, 4, 5, 6].map((at) => ink(`--series-${at}`));

  function template() {
    const axis = {
      gridcolor: ink("--line"), linecolor: ink("--line-strong"), zerolinecolor: ink("--line-strong"), zerolinewidth: 1,
      tickfont: { color: ink("--muted"), size: 12 }, automargin: true, fixedrange: true, ticks: "", title: { font: { size: 12 } },
    };
    return { layout: {
      colorway: way(), paper_bgcolor: "transparent", plot_bgcolor: "transparent",
      font: { family: ink("--font"), size: 12.5, color: ink("--ink") },
      margin: { l: 8, r: 12, t: 8, b: 8 }, bargap: 0.28, bargroupgap: 0.08, dragmode: false,
      xaxis: { ...axis, showgrid: false, showline: true, tickangle: 0 }, yaxis: { ...axis, separatethousands: true },
      hovermode: "x unified", hoverlabel: { bgcolor: ink("--card"), bordercolor: ink("--line-strong"), font: { color: ink("--ink") } },
      legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, font: { color: ink("--ink-soft"), size: 12.5 },
        itemclick: false, itemdoubleclick: false },
    }, data: { scatter: [{ line: { width: 2.25 }, marker: { size: 5 } }], bar: [{ marker: { line: { width: 0 }, cornerradius: 2 }, textfont: { size: 11 } }] } };
  }

  /* Give traces the colour of their series, and the figure its template. The figure itself stays as it came. */
  function painted(figure) {
    const colours = way();
    const data = (figure.data || []).map((trace) => {
      const color = colours[(trace.meta?.series ?? 0) % colours.length];
      return { ...trace, line: { ...trace.line, color }, marker: { ...trace.marker, color }, fillcolor: `${color}29` };
    });
    return { ...figure, data, layout: { ...figure.layout, template: template() } };
  }

  Object.defineProperty(window, "Plotly", { configurable: true, get: () => plotly, set: (value) => {
    const { react } = plotly = value;
    plotly.react = (node, figure) => { node.figure = figure; return react(node, painted(figure)); };
  } });

  function apply() {
    root.dataset.bsTheme = mode();
    root.dataset.theme = choice;
    document.querySelectorAll(".js-plotly-plot").forEach((node) => node.figure && plotly.react(node, node.figure));
  }
  window.smartshopieTheme = (chosen) => {
    choice = chosen;
    try { localStorage.setItem("theme", chosen); } catch { /* the choice lasts until the page is left */ }
    apply();
  };
  darkSystem.addEventListener("change", apply);
  ["beforeprint", "afterprint"].forEach((type) => addEventListener(type, () => { printing = type === "beforeprint"; apply(); }));
  apply();
})();
