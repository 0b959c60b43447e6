"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { columns, images, plate, conditions, controls, histograms } = data;
  const byId = (id) => document.getElementById(id);
  const cards = [...document.querySelectorAll(".card")];
  const SVG = "http://www.w3.org/2000/svg";

  // ---------------------------------------------------------------- small helpers
  function svg(parent, tag, attributes = {}, text = "") {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text) element.textContent = text;
    if (parent) parent.append(element);
    return element;
  }
  function html(parent, tag, properties = {}) {
    const element = Object.assign(document.createElement(tag), properties);
    if (parent) parent.append(element);
    return element;
  }
  function format(value, column) {
    if (value === null || value === undefined) return "";
    if (column && column.percent) return String(Number((100 * value).toFixed(1))) + " %";
    const size = Math.abs(value);
    if (Number.isInteger(value) && size < 1e15) return group(value.toFixed(0));
    if (size >= 1e7 || (size > 0 && size < 1e-3)) return value.toExponential(2);
    if (size >= 100) return group(value.toFixed(size < 1000 ? 1 : 0));
    return String(Number(value.toPrecision(3)));
  }
  const group = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, "\u2009");
  function quantile(sorted, share) {
    const at = share * (sorted.length - 1), low = Math.floor(at);
    const high = Math.min(low + 1, sorted.length - 1);
    return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
  }
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  function niceTicks(low, high, count) {
    const rough = (high - low) / count || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
    const ticks = [];
    for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) ticks.push(n * step);
    return ticks;
  }
  function options(select, names) {
    for (const [value, label] of names) html(select, "option", { value, textContent: label });
  }

  // ------------------------------------------------- wells: means over their images
  const wells = new Map();
  images.forEach((image) => {
    if (!image.well) return;
    if (!wells.has(image.well)) wells.set(image.well, []);
    wells.get(image.well).push(image);
  });
  function wellValue(well, column) {
    const inside = (wells.get(well) || []).filter((image) => !image.left_out);
    const values = inside.map((image) => image.values[column]);
    const numbers = values.filter((value) => value !== null && value !== undefined);
    return numbers.length ? mean(numbers) : null;
  }

  // ------------------------------------------------------------------- colour scale
  const VIRIDIS = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142],
    [31, 158, 137], [53, 183, 121], [109, 205, 89], [180, 222, 44], [253, 231, 37]];
  function colour(share) {
    const at = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
    const low = Math.min(Math.floor(at), VIRIDIS.length - 2), part = at - low;
    return VIRIDIS[low].map((n, i) => Math.round(n + part * (VIRIDIS[low + 1][i] - n)));
  }
  const css = (rgb) => `rgb(${rgb.join(",")})`;
  const isLight = (rgb) => 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] > 140;

  // ----------------------------------------------------------------- plate heat map
  function wellName(row, column) {
    return row + (/^\d$/.test(column) ? "0" : "") + column;
  }
  function drawPlate() {
    const chosen = Number(byId("plate-column").value), column = columns[chosen];
    const rows = plate.rows, across = plate.columns;
    const size = across.length <= 12 ? 52 : across.length <= 24 ? 34 : 18;
    const left = 30, top = 24, width = left + across.length * size, height = top + rows.length * size;
    const values = new Map();
    for (const row of rows) for (const name of across) {
      const value = wellValue(wellName(row, name), chosen);
      if (value !== null) values.set(wellName(row, name), value);
    }
    const sorted = [...values.values()].sort((a, b) => a - b);
    const robust = byId("plate-robust").checked && sorted.length > 10;
    let low = sorted.length ? quantile(sorted, robust ? 0.02 : 0) : 0;
    let high = sorted.length ? quantile(sorted, robust ? 0.98 : 1) : 1;
    if (low === high) [low, high] = [low - 0.5, high + 0.5];
    const chart = byId("plate-chart");
    chart.replaceChildren();
    const root = svg(chart, "svg", { width: width + 100, height: height + 6, viewBox: `0 0 ${width + 100} ${height + 6}`, role: "group", "aria-label": `${column.label} of each well` });
    const pattern = svg(svg(root, "defs"), "pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    svg(pattern, "line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "hatch" });
    across.forEach((name, i) => svg(root, "text", { x: left + (i + 0.5) * size, y: top - 8, "text-anchor": "middle" }, name));
    rows.forEach((row, j) => {
      svg(root, "text", { x: left - 8, y: top + (j + 0.5) * size + 4, "text-anchor": "end" }, row);
      across.forEach((name, i) => {
        const well = wellName(row, name), value = values.get(well), inside = wells.get(well) || [];
        const x = left + i * size, y = top + j * size;
        const shade = value === undefined ? null : colour((value - low) / (high - low));
        const cell = svg(root, "rect", {
          x: x + 0.5, y: y + 0.5, width: size - 1, height: size - 1, rx: 3, class: "well", "data-well": well,
          tabindex: -1, fill: shade ? css(shade) : "url(#hatch)", role: inside.length ? "button" : "img",
        });
        const failed = inside.filter((image) => image.failed).length;
        const flags = [...new Set(inside.flatMap((image) => image.flags))];
        const words = [inside.length ? `${inside.length} image${inside.length > 1 ? "s" : ""}` : "no image"];
        if (inside.length && inside[0].condition) words.unshift(inside[0].condition);
        if (value !== undefined) words.unshift(`${column.label}: ${format(value, column)}`);
        if (failed) words.push(`${failed} failed`);
        if (flags.length) words.push(flags.join(", "));
        svg(cell, "title", {}, `${well}: ${words.join("; ")}`);
        cell.setAttribute("aria-label", `${well}: ${words.join("; ")}`);
        if (shade && size >= 30) {
          const text = column.percent ? (100 * value).toFixed(0) : shorten(value);
          const label = svg(root, "text", { x: x + size / 2, y: y + size / 2 + 4, "text-anchor": "middle", "pointer-events": "none" }, text);
          label.style.fill = isLight(shade) ? "#10151c" : "#ffffff";
          if (size < 50) label.style.fontSize = text.length > 4 ? "9px" : "10.5px";
        } else if (inside.length && !shade && size >= 30) {
          svg(root, "text", { x: x + size / 2, y: y + size / 2 + 4, "text-anchor": "middle", "pointer-events": "none" }, failed ? "failed" : "-").style.fontSize = "9.5px";
        }
        if (flags.length || failed) svg(root, "path", { d: `M${x + size - 1} ${y + 1} v${size / 4} l${-size / 4} ${-size / 4} z`, class: "mark" });
      });
    });
    const first = root.querySelector(".well");
    if (first) first.setAttribute("tabindex", 0);
    drawColourBar(root, width + 22, top, Math.min(height - top, 300), low, high, column);
    const several = [...wells.values()].some((inside) => inside.length > 1);
    byId("plate-caption").textContent = `${column.label}${several ? ", mean over the images of a well" : ""}. `
      + (values.size < rows.length * across.length ? `${values.size} of ${rows.length * across.length} wells have a value; the others are hatched. ` : "")
      + "A corner marks wells with flagged or failed images. A click shows the images of a well.";
  }
  function shorten(value) {
    const size = Math.abs(value);
    if (size >= 1e6) return (value / 1e6).toPrecision(2) + "M";
    if (size >= 10000) return (value / 1000).toFixed(0) + "k";
    return size >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(size >= 10 ? 3 : 2)));
  }
  function drawColourBar(root, x, y, height, low, high, column) {
    const gradient = svg(root.querySelector("defs"), "linearGradient", { id: "scale", x1: 0, y1: 1, x2: 0, y2: 0 });
    for (let i = 0; i <= 10; i++) svg(gradient, "stop", { offset: i / 10, "stop-color": css(colour(i / 10)) });
    svg(root, "rect", { x, y, width: 14, height, rx: 2, fill: "url(#scale)" });
    for (const tick of niceTicks(low, high, 5)) {
      const at = y + height - ((tick - low) / (high - low)) * height;
      svg(root, "line", { x1: x + 14, x2: x + 18, y1: at, y2: at, class: "axis" });
      svg(root, "text", { x: x + 22, y: at + 4 }, format(Number(tick.toPrecision(6)), column));
    }
  }
  function moveInPlate(event) {
    const at = event.target.closest && event.target.closest(".well");
    if (!at) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      showWell(at.dataset.well);
      return;
    }
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -plate.columns.length, ArrowDown: plate.columns.length }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...byId("plate-chart").querySelectorAll(".well")];
    const next = all[all.indexOf(at) + step];
    if (!next) return;
    at.setAttribute("tabindex", -1);
    next.setAttribute("tabindex", 0);
    next.focus();
  }
  function showWell(well) {
    if (!wells.has(well)) return;
    byId("find").value = `well:${well}`;
    byId("only").value = "";
    update();
    byId("images").scrollIntoView();
  }

  // ------------------------------------------------------------------ distributions
  function drawAxis(groups, low, high, title, column) {
    const chart = byId("box-chart");
    chart.replaceChildren();
    if (low === high) [low, high] = [low - 0.5, high + 0.5];
    const names = groups.map(([name, count]) => `${name.length > 34 ? name.slice(0, 33) + "…" : name} (${format(count)})`);
    const left = Math.min(290, 24 + 7.2 * Math.max(...names.map((name) => name.length)));
    const width = Math.max(520, Math.min(1180, chart.clientWidth || 1180)), right = 24;
    const row = groups.length === 1 ? 76 : groups.length > 14 ? 30 : 40;
    const height = groups.length * row + 40;
    const pad = (high - low) * 0.02;
    const x = (value) => left + ((value - low + pad) / (high - low + 2 * pad)) * (width - left - right);
    const root = svg(chart, "svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title} by condition` });
    for (const tick of niceTicks(low, high, 8)) {
      svg(root, "line", { x1: x(tick), x2: x(tick), y1: 4, y2: height - 34, class: "axis" });
      svg(root, "text", { x: x(tick), y: height - 20, "text-anchor": "middle" }, format(Number(tick.toPrecision(6)), column));
    }
    svg(root, "text", { x: (left + width - right) / 2, y: height - 3, "text-anchor": "middle", class: "strong" }, title);
    const rows = groups.map(([name], i) => {
      const middle = 4 + (i + 0.5) * row;
      const label = svg(root, "text", { x: left - 12, y: middle + 4, "text-anchor": "end", class: "strong" }, names[i]);
      svg(label, "title", {}, name);
      const kind = name === controls[0] ? " positive" : name === controls[1] ? " negative" : "";
      return { middle, half: Math.min(16, row * 0.3), kind };
    });
    return { root, x, rows };
  }
  function drawViolins(histogram, title, column) {
    const { low, high, counts } = histogram;
    const groups = conditions.filter((name) => counts[name]).map((name) => [name, name]);
    if (counts[""]) groups.push([conditions.length ? "no condition" : "all nuclei", ""]);
    const { root, x, rows } = drawAxis(groups.map(([name, key]) => [name, data.nuclei[key]]), low, high, title, column);
    groups.forEach(([, key], i) => {
      const { middle, half, kind } = rows[i], bins = counts[key], width = (high - low) / bins.length;
      // Each bin is averaged with its neighbours, which smooths the outline.
      const smooth = bins.map((n, at) => ((bins[at - 1] ?? n) + 2 * n + (bins[at + 1] ?? n)) / 4);
      const most = Math.max(...smooth), total = bins.reduce((sum, n) => sum + n, 0);
      const first = smooth.findIndex((n) => n > 0), last = smooth.findLastIndex((n) => n > 0);
      const side = (sign) => smooth.map((n, at) => `${x(low + (at + 0.5) * width).toFixed(1)},${(middle + sign * 1.35 * half * n / most).toFixed(1)}`).slice(first, last + 1);
      const ends = [first, last + 1].map((bin) => `${x(low + bin * width).toFixed(1)},${middle}`);
      svg(root, "path", { d: `M${ends[0]} L${side(-1).join(" L")} L${ends[1]} L${side(1).reverse().join(" L")} Z`, class: "box" + kind });
      const at = (share) => {
        let passed = 0;
        for (let bin = 0; bin < bins.length; bin++) {
          if (passed + bins[bin] >= share * total) return low + (bin + (share * total - passed) / bins[bin]) * width;
          passed += bins[bin];
        }
        return high;
      };
      svg(root, "line", { x1: x(at(0.25)), x2: x(at(0.75)), y1: middle, y2: middle, class: "median" + kind });
      const dot = svg(root, "circle", { cx: x(at(0.5)), cy: middle, r: 4, class: "middle" + kind });
      svg(dot, "title", {}, `median ${format(Number(at(0.5).toPrecision(3)), column)}`);
    });
    byId("box-caption").textContent = "Each shape is the distribution over the nuclei of a condition, from an even sample of at most 2 000; "
      + "the number of nuclei is in brackets. Dot: median; line: quartiles. Values beyond the ends of the axis are at its ends.";
  }
  function drawBoxes() {
    const chosen = Number(byId("box-column").value), column = columns[chosen];
    const perWell = wells.size > 1 && images.every((image) => image.well || image.failed);
    const points = [];
    if (perWell) {
      for (const [well, inside] of wells) {
        const value = wellValue(well, chosen);
        if (value !== null) points.push({ value, name: well, group: inside[0].condition });
      }
    } else {
      for (const image of images) {
        const value = image.left_out ? null : image.values[chosen];
        if (value !== null && value !== undefined) points.push({ value, name: image.name, group: image.condition });
      }
    }
    const histogram = histograms[column.name.replace(/^median /, "")];
    const ofNuclei = column.name.startsWith("median ") && histogram !== undefined;
    byId("box-nuclei").parentElement.hidden = !ofNuclei;
    if (ofNuclei && byId("box-nuclei").checked) {
      drawViolins(histogram, column.label.replace(/^Median (.)/, (_, letter) => letter.toUpperCase()), column);
      return;
    }
    const noun = perWell ? "well" : "image";
    const groups = conditions.length ? conditions.map((name) => [name, name]) : [];
    const rest = points.filter((point) => !point.group);
    if (rest.length) groups.push([conditions.length ? "no condition" : `all ${noun}s`, ""]);
    if (!points.length) {
      byId("box-chart").replaceChildren();
      byId("box-caption").textContent = "No image has a value.";
      return;
    }
    const all = points.map((point) => point.value);
    let low = Math.min(...all), high = Math.max(...all);
    if (low >= 0 && low < 0.35 * high) low = 0;
    const { root, x, rows } = drawAxis(groups.map(([name, key]) => [
      name, points.filter((point) => (point.group || "") === key).length]), low, high, column.label, column);
    groups.forEach(([, key], i) => {
      const inside = points.filter((point) => (point.group || "") === key);
      const { middle, half, kind } = rows[i];
      if (!inside.length) return;
      const sorted = inside.map((point) => point.value).sort((a, b) => a - b);
      const [q1, q2, q3] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share));
      const reach = 1.5 * (q3 - q1);
      const start = sorted.find((value) => value >= q1 - reach);
      const end = sorted.findLast((value) => value <= q3 + reach);
      if (sorted.length > 2) {
        svg(root, "line", { x1: x(start), x2: x(end), y1: middle, y2: middle, class: "box" + kind });
        svg(root, "rect", { x: x(q1), y: middle - half, width: Math.max(1, x(q3) - x(q1)), height: 2 * half, rx: 3, class: "box" + kind });
        svg(root, "line", { x1: x(q2), x2: x(q2), y1: middle - half, y2: middle + half, class: "median" + kind });
      }
      inside.forEach((point, n) => {
        // A fixed scatter, so that the same report always looks the same.
        const shift = (((0.5 + n * 0.618034) % 1) - 0.5) * 1.7 * half;
        const dot = svg(root, "circle", { cx: x(point.value), cy: middle + shift, r: inside.length > 150 ? 2.2 : 3, class: "dot" + kind });
        svg(dot, "title", {}, `${point.name}: ${format(point.value, column)}`);
      });
    });
    byId("box-caption").textContent = `Each dot is ${perWell ? "a well (mean over its images)" : "an image"}; the number of dots is in brackets. `
      + "Box: quartiles and median; line: values within 1.5 times the box's length.";
  }

  // --------------------------------------------------------- sort and filter images
  const MAX_ROWS = 200;  // more take seconds to draw
  let ascending = true, asTable = false, allRows = false;
  const TEXT_KEYS = { order: "Order of the run", name: "Name", well: "Well", condition: "Condition", flags: "Flags", status: "Status" };
  function sortKey(image, key) {
    if (key === "order") return image.index;
    if (key === "flags") return image.flags.join("; ") || null;
    if (key in TEXT_KEYS) return image[key] || null;
    const value = image.values[Number(key)];
    return value === undefined ? null : value;
  }
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  function compare(a, b, key) {
    const one = sortKey(a, key), two = sortKey(b, key);
    if (one === null || two === null) return (one === null) - (two === null) || a.index - b.index;
    const order = typeof one === "string" ? collator.compare(one, two) : one - two;
    return (ascending ? order : -order) || a.index - b.index;
  }
  function selectImages() {
    const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const only = byId("only").value;
    const flag = only.startsWith("flag:") ? only.slice(5) : "";
    return images.filter((image) => {
      if (only === "flagged" && !image.flags.length) return false;
      if (only === "clear" && (image.flags.length || image.failed)) return false;
      if (only === "failed" && !image.failed) return false;
      if (flag && !image.flags.includes(flag)) return false;
      return words.every((word) => word.startsWith("well:") ? image.well.toLowerCase() === word.slice(5) : image.text.includes(word));
    });
  }
  let shown = images;
  function update() {
    const key = byId("sort").value;
    shown = selectImages().sort((a, b) => compare(a, b, key));
    const total = images.length;
    byId("count").textContent = shown.length === total ? `${total} images` : `${shown.length} of ${total} images`;
    byId("nothing").hidden = shown.length > 0;
    byId("cards").hidden = asTable || !shown.length;
    byId("table").hidden = !asTable || !shown.length;
    byId("more-rows").hidden = true;
    byId("direction").textContent = ascending ? "Ascending" : "Descending";
    if (asTable) drawTable(key); else placeCards(key);
  }
  function placeCards(key) {
    const numeric = !(key in TEXT_KEYS) && columns[Number(key)].name !== "nuclei";
    const visible = new Set(shown.map((image) => image.index));
    cards.forEach((card, index) => { card.hidden = !visible.has(index); });
    const order = document.createDocumentFragment();
    for (const image of shown) {
      const card = cards[image.index], line = card.querySelector(".measure");
      line.hidden = !numeric || image.failed;
      if (numeric) line.textContent = `${columns[Number(key)].label}: ${format(image.values[Number(key)], columns[Number(key)]) || "none"}`;
      order.append(card);
    }
    byId("cards").append(order);
  }
  function drawTable(key) {
    const box = byId("table");
    box.replaceChildren();
    const table = html(box, "table"), head = html(html(table, "thead"), "tr"), body = html(table, "tbody");
    const names = [["name", "Image"]];
    if (wells.size) names.push(["well", "Well"]);
    if (conditions.length) names.push(["condition", "Condition"]);
    columns.forEach((column, i) => names.push([String(i), column.label]));
    names.push(["flags", "Flags"], ["status", "Status"]);
    for (const [name, label] of names) {
      const cell = html(head, "th", { scope: "col" });
      if (!(name in TEXT_KEYS)) cell.className = "number";
      if (name === key) cell.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      const button = html(cell, "button", { type: "button", textContent: label });
      button.dataset.sort = name;
    }
    html(head, "th", { scope: "col", className: "words" }).append(html(null, "button", { type: "button", disabled: true, textContent: "Reason or notes" }));
    const rows = allRows ? shown : shown.slice(0, MAX_ROWS);
    byId("more-rows").hidden = rows.length === shown.length;
    byId("more-rows").textContent = `Show all ${shown.length} rows`;
    for (const image of rows) {
      const row = html(body, "tr");
      const first = html(html(row, "th", { scope: "row" }), "div");
      const picture = cards[image.index].querySelector("img");
      if (picture && rows.length <= MAX_ROWS) html(first, "img", { className: "mini", src: picture.src, alt: "", loading: "lazy" });
      const open = html(first, "button", { type: "button", className: "link", textContent: image.name });
      open.dataset.open = image.index;
      for (const [name] of names.slice(1)) {
        if (name in TEXT_KEYS) html(row, "td", { textContent: name === "flags" ? image.flags.join("; ") : image[name] });
        else html(row, "td", { className: "number", textContent: format(image.values[Number(name)], columns[Number(name)]) });
      }
      html(row, "td", { className: "words", textContent: [image.reason, ...image.notes].filter(Boolean).join("; ") });
    }
  }

  // --------------------------------------------------------------- enlarged picture
  let enlarged = 0;
  function enlarge(index) {
    const image = images[index], picture = cards[index].querySelector("img");
    enlarged = index;
    byId("large-picture").hidden = !picture;
    if (picture) byId("large-picture").src = picture.src;
    byId("large-picture").alt = image.name;
    const words = [image.name, image.well, image.condition, image.count, image.flags.join(", "), image.reason, image.notes.join("; ")];
    byId("large-text").textContent = words.filter(Boolean).join(" · ");
    if (!byId("large").open) byId("large").showModal();
  }
  function step(by) {
    const at = shown.findIndex((image) => image.index === enlarged);
    const next = shown[(at + by + shown.length) % shown.length];
    if (next) enlarge(next.index);
  }

  // ------------------------------------------------------------------------- set up
  images.forEach((image, index) => {
    image.index = index;
    image.text = [image.name, image.file, image.well, image.condition, image.status, image.reason, ...image.flags, ...image.notes].join("\n").toLowerCase();
  });
  const numbered = columns.map((column, i) => [i, column.label]);
  options(byId("sort"), [...Object.entries(TEXT_KEYS).filter(([key]) =>
    (key !== "well" || wells.size) && (key !== "condition" || conditions.length)), ...numbered]);
  for (const flag of [...new Set(images.flatMap((image) => image.flags))].sort(collator.compare)) {
    html(byId("only"), "option", { value: `flag:${flag}`, textContent: `flag: ${flag}` });
  }
  options(byId("box-column"), numbered);
  if (plate) {
    options(byId("plate-column"), numbered);
    byId("plate-column").addEventListener("change", drawPlate);
    byId("plate-robust").addEventListener("change", drawPlate);
    byId("plate-chart").addEventListener("keydown", moveInPlate);
    byId("plate-chart").addEventListener("click", (event) => {
      const well = event.target.closest(".well");
      if (well) showWell(well.dataset.well);
    });
    drawPlate();
  }
  byId("box-column").addEventListener("change", drawBoxes);
  byId("box-nuclei").addEventListener("change", drawBoxes);
  drawBoxes();
  byId("find").addEventListener("input", update);
  byId("only").addEventListener("change", update);
  byId("sort").addEventListener("change", update);
  byId("direction").addEventListener("click", () => { ascending = !ascending; update(); });
  function showAs(table) {
    asTable = table;
    byId("as-table").setAttribute("aria-pressed", table);
    byId("as-pictures").setAttribute("aria-pressed", !table);
    update();
  }
  byId("as-table").addEventListener("click", () => showAs(true));
  byId("more-rows").addEventListener("click", () => { allRows = true; update(); });
  byId("as-pictures").addEventListener("click", () => showAs(false));
  byId("table").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.open !== undefined) enlarge(Number(button.dataset.open));
    if (button.dataset.sort === undefined) return;
    ascending = byId("sort").value === button.dataset.sort ? !ascending : true;
    byId("sort").value = button.dataset.sort;
    update();
    const again = [...byId("table").querySelectorAll("thead button")].find((one) => one.dataset.sort === button.dataset.sort);
    if (again) again.focus();
  });
  byId("cards").addEventListener("click", (event) => {
    const picture = event.target.closest("button.picture");
    if (picture) enlarge(Number(picture.closest(".card").dataset.index));
  });
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  byId("large").addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  byId("large").addEventListener("click", (event) => { if (event.target === byId("large")) byId("large").close(); });
  function reset() {
    byId("find").value = "";
    byId("only").value = "";
    update();
  }
  byId("reset").addEventListener("click", reset);
  document.querySelectorAll("[data-filter-flag]").forEach((button) => button.addEventListener("click", () => {
    byId("find").value = "";
    byId("only").value = `flag:${button.dataset.filterFlag}`;
    update();
    byId("images").scrollIntoView();
  }));
  const more = byId("more-controls");
  if (more) more.addEventListener("click", () => {
    document.querySelectorAll(".more").forEach((part) => { part.hidden = false; });
    more.closest("tbody").hidden = true;
  });
  const theme = byId("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  byId("print").hidden = false;
  byId("print").addEventListener("click", () => window.print());
  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(drawBoxes, 150); });
  update();
})();
