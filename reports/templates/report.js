// Reads a chart with the pointer, the keyboard or a finger, and zooms it. The page is whole without this.
"use strict";
for (const chart of document.querySelectorAll(".chart[data-first]")) {
  const first = Number(chart.dataset.first), last = Number(chart.dataset.last);
  const names = [...chart.querySelectorAll("thead th")].map((cell) => cell.textContent);
  const rows = [...chart.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent));
  const starts = rows.map((row) => Date.parse(row[0].replace(" UTC", "Z").replace(" ", "T")) / 1000);
  if (!rows.length) continue;
  const step = (last - first) / rows.length;
  const pictures = [...chart.querySelectorAll(".picture > div > svg")].map((svg) => {
    const windows = [...svg.querySelectorAll("svg.window")];
    const line = svg.appendChild(document.createElementNS(svg.namespaceURI, "line"));
    const brush = svg.appendChild(document.createElementNS(svg.namespaceURI, "rect"));
    line.setAttribute("class", "crosshair");
    brush.setAttribute("class", "brush");
    const tops = windows.map((one) => one.y.baseVal.value);
    const top = Math.min(...tops), low = Math.max(...windows.map((one, n) => tops[n] + one.height.baseVal.value));
    line.setAttribute("y1", top);
    line.setAttribute("y2", low);
    brush.setAttribute("y", top);
    brush.setAttribute("height", low - top);
    return { svg, windows, line, brush, left: windows[0].x.baseVal.value, width: windows[0].width.baseVal.value };
  });
  const reader = document.createElement("div");
  reader.className = "reader";
  const said = reader.appendChild(document.createElement("output"));
  const buttons = reader.appendChild(document.createElement("span"));
  const [out, into] = [["Zoom out", "−"], ["Zoom in", "+"]].map(([label, sign]) => {
    const button = buttons.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = sign;
    button.setAttribute("aria-label", `${label}: ${chart.querySelector("figcaption").textContent}`);
    return button;
  });
  const slider = reader.appendChild(document.createElement("input"));
  Object.assign(slider, { type: "range", min: 0, max: rows.length - 1, step: 1, value: 0 });
  slider.setAttribute("aria-label", `Time: ${chart.querySelector("figcaption").textContent}`);
  reader.append(slider, said, buttons);
  chart.querySelector(".picture").after(reader);
  let from = 0, to = 1, at = null;

  const place = (share) => (share - from) / (to - from);
  function draw() {
    for (const { svg, windows, line, left, width } of pictures) {
      for (const one of windows) {
        const height = one.height.baseVal.value;
        one.setAttribute("viewBox", `${from * width} 0 ${(to - from) * width} ${height}`);
      }
      for (const group of svg.querySelectorAll("g[data-x]")) {
        const share = place(Number(group.dataset.x));
        group.setAttribute("transform", `translate(${left + share * width} 0)`);
        group.style.display = share < -0.001 || share > 1.001 ? "none" : "";
      }
      const share = at === null ? -1 : place((starts[at] + step / 2 - first) / (last - first));
      line.setAttribute("x1", left + share * width);
      line.setAttribute("x2", left + share * width);
      line.style.display = share < 0 || share > 1 ? "none" : "";
    }
    slider.min = Math.floor(from * rows.length);
    slider.max = Math.ceil(to * rows.length) - 1;
    out.disabled = from === 0 && to === 1;
    into.disabled = (to - from) * rows.length <= 8;
  }
  function read(index) {
    at = Math.max(0, Math.min(rows.length - 1, index));
    const [time, ...cells] = rows[at];
    const told = cells.map((cell, n) => (cell ? (names[n + 1] === "What happened" ? cell : `${names[n + 1]}: ${cell}`) : ""));
    said.textContent = [time, ...told.filter(Boolean)].join(" · ");
    slider.value = at;
    slider.setAttribute("aria-valuetext", said.textContent);
    draw();
  }
  function zoom(begin, end) {
    const wide = Math.min(1, Math.max(end - begin, 4 / rows.length));
    from = Math.max(0, Math.min(begin, 1 - wide));
    to = from + wide;
    draw();
  }
  function closer(factor) {
    const wide = (to - from) * factor;
    const middle = at === null ? (from + to) / 2 : (starts[at] + step / 2 - first) / (last - first);
    zoom(middle - wide / 2, middle + wide / 2);
  }
  into.addEventListener("click", () => closer(0.5));
  out.addEventListener("click", () => closer(2));
  slider.addEventListener("input", () => read(Number(slider.value)));
  slider.addEventListener("keydown", (key) => {
    if (key.key === "+") closer(0.5);
    if (key.key === "-") closer(2);
    if (key.key === "Escape") zoom(0, 1);
  });
  for (const { svg, brush, left, width } of pictures) {
    const share = (move) => {
      const box = svg.getBoundingClientRect();
      const x = ((move.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
      return from + ((x - left) / width) * (to - from);
    };
    let held = null;
    svg.addEventListener("pointermove", (move) => {
      read(Math.floor(share(move) * rows.length));
      if (held === null) return;
      const [a, b] = [held, share(move)].sort((x, y) => x - y).map((each) => left + place(each) * width);
      brush.setAttribute("x", a);
      brush.setAttribute("width", b - a);
    });
    svg.addEventListener("pointerdown", (press) => {
      if (press.pointerType === "mouse") held = share(press);
    });
    addEventListener("pointerup", (release) => {
      if (held === null) return;
      const [a, b] = [held, share(release)].sort((x, y) => x - y);
      held = null;
      brush.setAttribute("width", 0);
      if ((b - a) / (to - from) > 0.02) zoom(a, b);
    });
    svg.addEventListener("dblclick", () => zoom(0, 1));
  }
  if (chart === document.querySelector(".chart[data-first]")) {
    said.textContent = "Point at a chart, or move its slider; drag across it to zoom.";
  }
  draw();
}
