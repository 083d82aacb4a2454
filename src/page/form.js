/* The form: what is asked for, what the gateway would make of it, and the start of a retrieve. */
import { call, callJson, peerPath, Problem, queryText } from "./api.js";
import { $, bytesText, countText, el, isBusy, keyList, notice, say, setBusy } from "./dom.js";
import { bodyText, focusFirstError, keysGivenTwice, showErrors, startKeys } from "./keys.js";

const CHECK_AFTER_MS = 250;
const JSON_TYPE = { "Content-Type": "application/json" };

let timer;
let checking = new AbortController();
let download = null; /* the AbortController of a ZIP on its way */
let onJob = () => {};

export const chosenPeer = () => $("peer").value;
const isZip = () => $("output-zip").checked;

/* The query parameters that the form stands for. */
function parameters() {
  const chosen = isZip() ? {} : { output: "store" };
  for (const control of document.querySelectorAll("[data-parameter]")) {
    if (control.type !== "checkbox" || control.checked)
      chosen[control.dataset.parameter] = control.value.trim();
  }
  if (isZip()) delete chosen.label;
  return chosen;
}

/* ---- what it would be ---- */

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function showCurl() {
  const how = isZip() ? `-o ${chosenPeer()}.zip -H 'Accept: application/zip'` : "-H 'Prefer: respond-async'";
  const query = queryText(parameters());
  const url = new URL(peerPath(chosenPeer(), "get") + query, document.baseURI);
  $("curl").textContent =
    `curl --fail-with-body ${how} \\\n  -H 'Content-Type: application/json' \\\n` +
    `  -d ${quoted(bodyText())} \\\n  ${quoted(url.href)}`;
}

/* The column of the keywords would stand far right, behind what a narrow page shows. */
const dumpText = (dump) => dump.trimEnd().replace(/ {3,}(?=# \d+ .*$)/gm, "  ");

function showDryRun(answer) {
  showErrors([], true);
  say(
    $("preview-status"),
    `The keys are right: a C-GET of the model ${answer.model}, level ${answer.level}.`,
  );
  $("preview-status").className = "note good";
  $("preview-body").className = "";
  $("preview-body").replaceChildren(
    el("pre", { tabindex: "0", "aria-label": "The Identifier" }, dumpText(answer.dump)),
    keyList(answer.remarks),
    el(
      "p",
      { class: "note" },
      `${countText(answer.contexts.length, "presentation context")} would be proposed.`,
    ),
  );
}

/* Errors of keys are shown beside these, and what else is wrong in place. isAsked: the user wants to start, so
 * nothing is held back, and the first error gets the focus. */
function showProblem(problem, place, isAsked) {
  const errors = problem.code === "bad-json" ? keysGivenTwice() : (problem.errors ?? []);
  if (errors.length === 0) {
    place.replaceChildren(notice(problem));
    return;
  }
  const elsewhere = showErrors(errors, isAsked);
  const isFresh = !isAsked && elsewhere.length === errors.length;
  say($("preview-status"), isFresh ? "Nothing yet: keys are missing." : "Not as it stands: see the keys.");
  $("preview-status").className = isFresh ? "note" : "note bad";
  $("preview-body").replaceChildren();
  if (elsewhere.length > 0) place.replaceChildren(keyList(elsewhere));
  if (isAsked) focusFirstError();
}

/* No dry run could be had. */
function showNoDryRun(problem) {
  showErrors([], true);
  say($("preview-status"), "");
  $("preview-body").className = "";
  showProblem(problem, $("preview-body"), false);
}

/* Asks for a dry run. A later one makes an earlier one void, whichever answers first. */
async function check() {
  checking.abort();
  checking = new AbortController();
  const { signal } = checking;
  try {
    const path = peerPath(chosenPeer(), "get") + queryText({ "dry-run": "true", ...parameters() });
    showDryRun(await callJson("POST", path, { headers: JSON_TYPE, body: bodyText(), signal }));
  } catch (error) {
    if (error instanceof Problem && !signal.aborted) showNoDryRun(error);
    else if (error.name !== "AbortError") throw error;
  }
}

function changed() {
  if (chosenPeer() === "") return;
  $("form-error").replaceChildren();
  $("preview-body").className = "old";
  showCurl();
  clearTimeout(timer);
  timer = setTimeout(check, CHECK_AFTER_MS);
}

/* ---- the retrieve ---- */

async function startJob() {
  const path = peerPath(chosenPeer(), "get") + queryText(parameters());
  const headers = { ...JSON_TYPE, Prefer: "respond-async" };
  const job = await callJson("POST", path, { headers, body: bodyText() });
  say($("form-status"), "It is the first of the jobs below.");
  onJob(job);
}

/* Counts what goes by. */
function counting(tell) {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      tell(bytes);
      controller.enqueue(chunk);
    },
  });
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = el("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

async function takeZip() {
  const peer = chosenPeer();
  const headers = { ...JSON_TYPE, Accept: "application/zip" };
  say($("form-status"), "Waiting for the first instance …");
  const response = await call("POST", peerPath(peer, "get") + queryText(parameters()), {
    headers,
    body: bodyText(),
    signal: download.signal,
  });
  let told = 0;
  const body = response.body.pipeThrough(
    counting((bytes) => {
      if (performance.now() - told < 250) return;
      told = performance.now();
      say($("form-status"), `${bytesText(bytes)} came`);
    }),
  );
  let blob;
  try {
    blob = await new Response(body, { headers: { "Content-Type": "application/zip" } }).blob();
  } catch (error) {
    if (download.signal.aborted) throw error;
    throw new Problem(0, {
      title: "The archive is INCOMPLETE and was not saved",
      detail: "the gateway cut it because not every instance came",
      hint: "Store it as a job to keep what comes and to see the reason, or look at the gateway's log.",
    });
  }
  save(blob, `${peer}.zip`);
  say($("form-status"), `Complete: ${peer}.zip, ${bytesText(blob.size)}`);
}

async function start(event) {
  event.preventDefault();
  if (isBusy($("start")) || chosenPeer() === "") return;
  clearTimeout(timer);
  checking.abort();
  $("form-error").replaceChildren();
  say($("form-status"), "");
  setBusy($("start"), true);
  try {
    if (isZip()) {
      download = new AbortController();
      $("stop").hidden = false;
      await takeZip();
    } else {
      await startJob();
    }
  } catch (error) {
    say($("form-status"), error.name === "AbortError" ? "Stopped; nothing was saved." : "");
    if (error instanceof Problem) showProblem(error, $("form-error"), true);
    else if (error.name !== "AbortError") throw error;
  }
  download = null;
  $("stop").hidden = true;
  setBusy($("start"), false);
}

/* ---- the rest ---- */

async function copyCurl() {
  try {
    await navigator.clipboard.writeText($("curl").textContent);
    say($("copy-status"), "Copied");
  } catch {
    /* plain HTTP from another machine has no clipboard */
    getSelection().selectAllChildren($("curl"));
    say($("copy-status"), "Selected: press Ctrl+C");
  }
  setTimeout(() => say($("copy-status"), ""), 5000);
}

/* No output directory: a ZIP archive is all there is. */
export function offerNoStore() {
  $("no-store").hidden = false;
  $("output-store").disabled = true;
  $("output-zip").checked = true;
  changed();
}

/* jobStarted(job) is called with each job that the form has started. */
export function startForm(peers, jobStarted) {
  onJob = jobStarted;
  $("peer").replaceChildren(...peers.map((peer) => el("option", { value: peer.name }, peer.name)));
  for (const id of ["start", "find"]) $(id).disabled = peers.length === 0;
  startKeys(changed);
  $("form").addEventListener("submit", start);
  $("stop").addEventListener("click", () => download?.abort());
  $("copy").addEventListener("click", copyCurl);
  for (const control of [$("peer"), ...document.querySelectorAll("[data-parameter], [name=output]")])
    control.addEventListener("input", changed);
  changed();
}
