// For each control: the best contrast of its edge or its ground with what is behind it, and that of its focus ring.
(selector) => {
  const rgba = (text) => {
    const parts = text.match(/[\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 };
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const behind = (element) => {
    for (let at = element.parentElement; at; at = at.parentElement) {
      const found = rgba(getComputedStyle(at).backgroundColor);
      if (found.alpha === 1) return found.rgb;
    }
    return [255, 255, 255];
  };
  const native = (element) => element.matches("input[type=radio], input[type=checkbox]");
  const name = (element, what) => `${what} of ${element.outerHTML.slice(0, 90)}`;
  const found = [];
  for (const element of document.querySelectorAll(selector)) {
    if (!element.checkVisibility({ checkVisibilityCSS: true }) || element.getBoundingClientRect().width < 2) continue;
    const ground = behind(element);
    const style = getComputedStyle(element);
    if (!native(element)) {
      const seen = [];
      if (parseFloat(style.borderTopWidth) > 0) seen.push(rgba(style.borderTopColor));
      seen.push(rgba(style.backgroundColor));
      const solid = seen.filter((each) => each.alpha === 1).map((each) => contrast(each.rgb, ground));
      found.push([name(element, "edge"), Math.max(0, ...solid)]);
    }
    const target = element.matches("label") ? element.querySelector("input") : element;
    if (native(element) && element.closest(".slot")) continue;
    target.focus({ focusVisible: true, preventScroll: true });
    const ring = getComputedStyle(element);
    const wide = parseFloat(ring.outlineWidth) >= 2 && ring.outlineStyle !== "none";
    found.push([name(element, "focus"), wide ? contrast(rgba(ring.outlineColor).rgb, ground) : 0]);
  }
  document.activeElement?.blur();
  return found;
}
