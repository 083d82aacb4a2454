/* Elements and words. Text goes in as text, never as HTML: much of it comes from the peer. */

export const $ = (id) => document.getElementById(id);

/* el("p", {class: "note", onclick: f}, "text", element): true sets a bare attribute; null, undefined, false
 * set none. */
export function el(name, attributes, ...content) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...content.filter((part) => part !== null && part !== undefined && part !== false));
  return element;
}

/* A live region speaks when its text is set, so the same text is not set again. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function bytesText(bytes) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let unit = 0;
  let value = bytes;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function countText(count, one, several = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : several}`;
}

export function secondsText(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60000) return `${(ms / 1000).toFixed(ms < 10000 ? 1 : 0)} s`;
  return `${Math.floor(ms / 60000)} min ${Math.round((ms % 60000) / 1000)} s`;
}

const sentence = (text) => (text.endsWith(".") ? text : `${text}.`);

/* [{key, detail}] as a list. */
export function keyList(errors) {
  return el(
    "ul",
    { class: "keys" },
    ...errors.map((error) => el("li", null, el("code", null, error.key), ": ", sentence(error.detail))),
  );
}

/* A button that waits for an answer keeps the focus, so it is not disabled; who starts something asks isBusy. */
export const isBusy = (button) => button.getAttribute("aria-disabled") === "true";
export function setBusy(button, busy) {
  if (busy) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

/* What a problem says, in words; heading and more stand before and behind it. */
export function notice(problem, kind = "bad", heading = null, ...more) {
  return el(
    "div",
    { class: `notice ${kind}` },
    heading && el("strong", null, heading),
    problem &&
      el("p", null, sentence(problem.detail ? `${problem.title}: ${problem.detail}` : problem.title)),
    problem?.errors?.length > 0 && keyList(problem.errors),
    problem?.hint && el("p", null, problem.hint),
    ...more,
  );
}
