/* The keys of the Identifier, as rows or as JSON text, and the errors beside them. */
import { $, el } from "./dom.js";

const KEY_FAULTS = new Set([
  "bad-path",
  "unknown-keyword",
  "repeating-group",
  "forbidden-tag",
  "not-a-sequence",
  "index-missing",
  "index-out-of-range",
  "path-too-deep",
  "duplicate-element",
]);

let rowsMade = 0;
let changed = () => {};

const rows = () => [...$("rows").children];
const keyOf = (row) => row.querySelector(".key");
const valueOf = (row) => row.querySelector(".value");
const errorOf = (row) => row.querySelector(".row-error");

function offerLevels(row) {
  if (keyOf(row).value === "QueryRetrieveLevel") valueOf(row).setAttribute("list", "levels");
  else valueOf(row).removeAttribute("list");
}

function removeRow(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (next === null ? $("add-row") : keyOf(next)).focus();
  changed();
}

/* is_fresh: nobody has typed in it yet, so an error about it is no news. */
export function addRow(key, value, isFresh = true) {
  const id = `row-${++rowsMade}`;
  const field = (name, label, text, list) =>
    el("input", {
      id: `${id}-${name}`,
      class: name,
      "aria-label": label,
      value: text,
      list,
      placeholder: label,
      spellcheck: "false",
      autocapitalize: "off",
      "aria-describedby": `${id}-error`,
    });
  const row = el(
    "li",
    { class: "row" },
    field("key", "Key", key, "keywords"),
    field("value", "Value", value),
    el(
      "button",
      { type: "button", class: "remove", "aria-label": "Remove this key", onclick: () => removeRow(row) },
      "✕",
    ),
    el("div", { class: "row-error", id: `${id}-error` }),
  );
  if (isFresh) row.dataset.fresh = "";
  row.addEventListener("input", () => {
    delete row.dataset.fresh;
    offerLevels(row);
    changed();
  });
  offerLevels(row);
  $("rows").append(row);
  return row;
}

const isJson = () => $("as-json").checked;

/* JSON text by hand: an object would lose a key that is given twice, which the gateway is to tell. */
function textOfRows() {
  const members = rows()
    .map((row) => [keyOf(row).value.trim(), valueOf(row).value])
    .filter(([key, value]) => key !== "" || value !== "")
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{${members.join(", ")}}`;
}

/* The body of a request: JSON text, which need not be right. */
export const bodyText = () => (isJson() ? $("json").value : textOfRows());

/* [key, value] pairs of the text; undefined where rows cannot say the same. */
function pairsOf(text) {
  let keys;
  try {
    keys = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (keys === null || typeof keys !== "object" || Array.isArray(keys)) return undefined;
  const isPlain = (value) => typeof value === "string" || typeof value === "number";
  const pairs = [];
  for (const [key, value] of Object.entries(keys)) {
    if (value === null) pairs.push([key, ""]);
    else if (isPlain(value)) pairs.push([key, String(value)]);
    else if (Array.isArray(value) && value.every(isPlain)) pairs.push([key, value.join("\\")]);
    else return undefined;
  }
  return pairs;
}

export function setKeys(pairs) {
  $("rows").replaceChildren();
  for (const [key, value] of pairs) addRow(key, value, false);
  $("json").value = textOfRows();
  changed();
}

/* The keys as pairs, or undefined; for who wants to look at single ones. */
export const keyPairs = () => pairsOf(bodyText());

function toggle() {
  if (isJson()) {
    $("json").value = textOfRows();
  } else {
    const pairs = pairsOf($("json").value);
    if (pairs === undefined) {
      $("as-json").checked = true;
      $("json-errors").textContent =
        "Rows cannot say the same: this is no JSON object, or it has objects inside.";
      $("json").setAttribute("aria-invalid", "true");
      return;
    }
    setKeys(pairs);
  }
  $("rows-pane").hidden = isJson();
  $("json-pane").hidden = !isJson();
  changed();
}

function clearErrors() {
  for (const invalid of $("keys").querySelectorAll("[aria-invalid]")) invalid.removeAttribute("aria-invalid");
  for (const text of $("keys").querySelectorAll(".row-error")) text.textContent = "";
}

/* Shows each error beside its key, also at rows that nobody has touched when all is true. Returns those that
 * no row shows. */
export function showErrors(errors, all) {
  clearErrors();
  if (isJson()) {
    $("json-errors").textContent = errors.map((error) => `${error.key}: ${error.detail}`).join("\n");
    if (errors.length > 0) $("json").setAttribute("aria-invalid", "true");
    return [];
  }
  return errors.filter((error) => {
    const row = rows().findLast((candidate) => keyOf(candidate).value.trim() === error.key);
    if (row === undefined || (!all && "fresh" in row.dataset)) return true;
    const text = errorOf(row);
    text.textContent += `${text.textContent === "" ? "" : "; "}${error.detail}`;
    (KEY_FAULTS.has(error.code) ? keyOf(row) : valueOf(row)).setAttribute("aria-invalid", "true");
    return false;
  });
}

/* Rows make right JSON, unless a key is given twice: errors of these as the gateway has them. */
export function keysGivenTwice() {
  const keys = isJson() ? [] : rows().map((row) => keyOf(row).value.trim());
  return keys
    .filter((key, i) => keys.indexOf(key) !== i && keys.lastIndexOf(key) === i)
    .map((key) => ({ key, code: "duplicate-element", detail: "this key is given twice" }));
}

export function focusFirstError() {
  $("keys").querySelector("[aria-invalid]")?.focus();
}

/* onChange is called after every change. */
export function startKeys(onChange) {
  addRow("QueryRetrieveLevel", "STUDY");
  addRow("StudyInstanceUID", "");
  changed = onChange;
  $("add-row").addEventListener("click", () => {
    keyOf(addRow("", "")).focus();
    changed();
  });
  $("as-json").addEventListener("change", toggle);
  $("json").addEventListener("input", () => changed());
}
