/* What a job has stored: its files, the archive of them, and a picture of the first image. */
import { attempt, callJson, filePath, jobPath, queryText } from "./api.js";
import { bytesText, countText, el, notice } from "./dom.js";
import { drawPicture, NoPicture } from "./picture.js";

const FILES_AT_ONCE = 50;

/* "(0008,0052) STUDY" for each element of the Identifier that has a value. */
function identifierText(identifier) {
  const texts = [];
  for (const [tag, element] of Object.entries(identifier)) {
    const values = (element.Value ?? []).map((value) =>
      typeof value === "object" ? (value?.Alphabetic ?? "…") : value,
    );
    if (values.length > 0) texts.push(`(${tag.slice(0, 4)},${tag.slice(4)}) ${values.join("\\")}`);
  }
  return texts.join("  ");
}

function fileRow(job, file) {
  const link = el("a", { href: filePath(job.id, file.name), download: file.name }, file.name);
  const remark = file.existing === "kept" && el("div", { class: "note" }, "was there before the job");
  return el(
    "tr",
    null,
    el("td", { class: "mono" }, link, remark),
    el("td", { class: "number" }, bytesText(file.bytes)),
  );
}

function archive(job) {
  const isComplete = job.state === "complete";
  const zip = jobPath(job.id, "/zip") + queryText(isComplete ? {} : { lenient: "true" });
  const link = el(
    "a",
    { class: "button", href: zip, download: `${job.peer}-${job.id}${isComplete ? "" : "-incomplete"}.zip` },
    isComplete ? "All as a ZIP archive" : "What there is, as a ZIP archive",
  );
  if (isComplete) return el("p", { class: "buttons" }, link);
  return el(
    "div",
    { class: "notice warn" },
    el("strong", null, "This set is INCOMPLETE."),
    el("p", null, "Do not take these files for all that the peer has."),
    el("p", { class: "buttons" }, link),
  );
}

async function showPicture(figure, job, file) {
  const canvas = el("canvas", { role: "img", "aria-label": `Picture of ${file.name}`, hidden: true });
  const caption = el("figcaption", null, "Reading the first image …");
  figure.replaceChildren(canvas, caption);
  try {
    const size = await drawPicture(canvas, filePath(job.id, file.name));
    canvas.hidden = false;
    caption.textContent = `The first image, ${size}`;
  } catch (error) {
    if (!(error instanceof NoPicture)) throw error;
    caption.textContent = `No picture: ${error.message}.`;
  }
}

/* Fills place with the result of the job. */
export async function showResult(place, job) {
  const fail = (problem) => place.append(notice(problem));
  const body = el("tbody");
  const more = el("button", { type: "button", hidden: true }, "More files");
  const note = el("p", { class: "note", role: "status" });
  const figure = el("figure");
  const asked = el("p", { class: "note mono" });
  const title = el("h4", { tabindex: "-1" }, "Files");
  const table = el(
    "table",
    { "aria-label": "Files" },
    el(
      "thead",
      null,
      el("tr", null, el("th", { scope: "col" }, "File"), el("th", { scope: "col", class: "number" }, "Size")),
    ),
    body,
  );
  let last = null;
  let first = null;

  async function nextFiles() {
    const path = jobPath(job.id, "/files") + queryText({ limit: FILES_AT_ONCE, after: last });
    const page = await attempt(() => callJson("GET", path), fail);
    if (page === undefined) return;
    body.append(...page.files.map((file) => fileRow(job, file)));
    first ??= page.files.find((file) => file.sopInstanceUid) ?? null;
    last = page.next;
    more.hidden = last === null;
    const count = body.childElementCount;
    note.textContent = last === null ? countText(count, "file") : `The first ${countText(count, "file")}`;
  }

  more.addEventListener("click", async () => {
    const shown = body.childElementCount;
    await nextFiles();
    body.children[shown]?.querySelector("a").focus();
  });
  place.replaceChildren(
    asked,
    archive(job),
    el(
      "div",
      { class: "result-columns" },
      el("div", null, title, note, el("div", { class: "scroll" }, table), more),
      figure,
    ),
  );
  const whole = await attempt(() => callJson("GET", jobPath(job.id)), fail);
  if (whole?.identifier) asked.textContent = `Asked for: ${identifierText(whole.identifier)}`;
  await nextFiles();
  if (first !== null) await showPicture(figure, job, first);
}
