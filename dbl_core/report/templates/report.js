"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const figures = read("figures");
  const tables = read("tables");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const plots = [...document.querySelectorAll("[data-figure]")];
  // plotly has buttons to send a figure to a server and to save it as it looks here: the page is for itself, and paper
  // is white.
  const settings = { responsive: true, displaylogo: false, showSendToCloud: false, modeBarButtonsToRemove: ["toImage"] };

  // What the page decides about a figure: the colour of its words, of its axes and of its buttons.
  const template = (night) => {
    const color = night ? "#e6ebf1" : "#1b2430";
    const soft = night ? "#aab4c0" : "#4a5665";
    const axis = { linecolor: soft, tickcolor: soft };
    const modebar = { color: soft, activecolor: color, bgcolor: "rgba(0,0,0,0)" };
    return { layout: { font: { color }, xaxis: axis, yaxis: axis, modebar } };
  };
  const drawn = (key, night) => {
    const { data, layout } = structuredClone(figures[key]);
    return { data, layout: { ...layout, template: template(night) } };
  };
  const draw = (plot, night = dark.matches, size = {}) => {
    const { data, layout } = drawn(plot.dataset.figure, night);
    Plotly.react(plot, data, { ...layout, ...size }, settings);
    plot.dataset.drawn = "";
  };

  // A figure is drawn when it comes near the window, so that a long report opens at once.
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) {
        near.unobserve(target);
        draw(target);
      }
    }
  }, { rootMargin: "600px 0px" });
  plots.forEach((plot) => near.observe(plot));
  dark.addEventListener("change", () => plots.filter((plot) => "drawn" in plot.dataset).forEach((plot) => draw(plot)));
  const shown = () => plots.filter((plot) => plot.offsetParent !== null);
  // A page of A4 or Letter has room for this many pixels between margins of 15 mm; a browser does not say how many.
  const paper = { width: 680 };
  addEventListener("beforeprint", () => shown().forEach((plot) => draw(plot, false, paper)));
  const again = (plot) => {
    Plotly.purge(plot);  // which forgets the width of the paper
    draw(plot);
  };
  addEventListener("afterprint", () => shown().forEach(again));

  const save = (name, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const picture = (key, format) => {
    const { data, layout } = drawn(key, false);
    const width = Math.max(720, document.querySelector(`[data-figure="${CSS.escape(key)}"]`).clientWidth);
    const size = { width, height: layout.height ?? 400, scale: format === "png" ? 2 : 1 };
    Plotly.downloadImage({ data, layout: { ...layout, paper_bgcolor: "#ffffff" } }, { format, filename: key, ...size });
  };
  document.addEventListener("click", ({ target }) => {
    const { csv, picture: key, format } = target.closest("button")?.dataset ?? {};
    if (csv) save(`${csv}.csv`, tables[csv]);
    if (key) picture(key, format);
  });
})();
