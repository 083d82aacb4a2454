/* What the peer has, by C-FIND with the keys of the form; a match can be taken over into the form. */
import { attempt, callJson, peerPath, queryText } from "./api.js";
import { $, countText, el, isBusy, notice, say, setBusy } from "./dom.js";
import { chosenPeer } from "./form.js";
import { keyPairs, setKeys } from "./keys.js";

const MOST_MATCHES = 50;

/* keyword: [tag, heading]. */
const COLUMNS = {
  PatientName: ["00100010", "Patient"],
  PatientID: ["00100020", "Patient ID"],
  StudyDate: ["00080020", "Date"],
  StudyDescription: ["00081030", "Study"],
  ModalitiesInStudy: ["00080061", "Modalities"],
  SeriesNumber: ["00200011", "No."],
  Modality: ["00080060", "Modality"],
  SeriesDescription: ["0008103E", "Series"],
  InstanceNumber: ["00200013", "No."],
  SOPClassUID: ["00080016", "SOP class"],
  StudyInstanceUID: ["0020000D", "Study Instance UID"],
  SeriesInstanceUID: ["0020000E", "Series Instance UID"],
  SOPInstanceUID: ["00080018", "SOP Instance UID"],
};

/* What is asked for at each level besides the keys of the form, and the unique keys that a retrieve needs. */
const LEVELS = {
  PATIENT: [["PatientName", "PatientID"], ["PatientID"]],
  STUDY: [
    ["PatientName", "PatientID", "StudyDate", "StudyDescription", "ModalitiesInStudy", "StudyInstanceUID"],
    ["StudyInstanceUID"],
  ],
  SERIES: [
    ["Modality", "SeriesNumber", "SeriesDescription", "SeriesInstanceUID"],
    ["StudyInstanceUID", "SeriesInstanceUID"],
  ],
  IMAGE: [
    ["InstanceNumber", "SOPClassUID", "SOPInstanceUID"],
    ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"],
  ],
};

/* The value of an element of a match (DICOM JSON) as text. */
function valueText(match, keyword) {
  const values = match[COLUMNS[keyword][0]]?.Value ?? [];
  return values
    .map((value) =>
      value !== null && typeof value === "object" ? (value.Alphabetic ?? "") : String(value ?? ""),
    )
    .join("\\");
}

function takeOver(level, keys, match) {
  const unique = LEVELS[level][1].map((keyword) => [
    keyword,
    valueText(match, keyword) || (keys.get(keyword) ?? ""),
  ]);
  setKeys([["QueryRetrieveLevel", level], ...unique]);
  say($("form-status"), "The keys are those of the match.");
  $("start").focus();
}

function showMatches(level, keys, matches) {
  const columns = Object.keys(COLUMNS).filter((keyword) =>
    matches.some((match) => valueText(match, keyword) !== ""),
  );
  const head = el(
    "tr",
    null,
    el("th", { scope: "col" }, el("span", { class: "hidden" }, "Take over")),
    ...columns.map((keyword) => el("th", { scope: "col" }, COLUMNS[keyword][1])),
  );
  const rows = matches.map((match, i) =>
    el(
      "tr",
      null,
      el(
        "td",
        null,
        el(
          "button",
          {
            type: "button",
            "aria-label": `Use match ${i + 1}`,
            onclick: () => takeOver(level, keys, match),
          },
          "Use",
        ),
      ),
      ...columns.map((keyword) =>
        el("td", keyword.endsWith("UID") ? { class: "mono" } : null, valueText(match, keyword)),
      ),
    ),
  );
  $("matches-table").replaceChildren(el("thead", null, head), el("tbody", null, ...rows));
}

async function find() {
  if (isBusy($("find"))) return;
  const pairs = keyPairs();
  const keys = new Map(pairs);
  const level = keys.get("QueryRetrieveLevel");
  $("form-error").replaceChildren();
  if (LEVELS[level] === undefined) {
    $("form-error").replaceChildren(
      notice({
        title: "Find needs simple keys",
        detail: "give QueryRetrieveLevel as PATIENT, STUDY, SERIES or IMAGE, and the other keys as text",
      }),
    );
    return;
  }
  for (const keyword of LEVELS[level][0]) if (!keys.has(keyword)) keys.set(keyword, "");
  setBusy($("find"), true);
  say($("form-status"), "Asking the peer …");
  const matches = await attempt(
    () =>
      callJson("POST", peerPath(chosenPeer(), "find") + queryText({ limit: MOST_MATCHES }), {
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(Object.fromEntries(keys)),
      }),
    (problem) => $("form-error").replaceChildren(notice(problem)),
  );
  setBusy($("find"), false);
  say($("form-status"), "");
  if (matches === undefined) return;
  $("matches").hidden = false;
  $("matches-scroll").hidden = matches.length === 0;
  showMatches(level, new Map(pairs), matches);
  say(
    $("matches-note"),
    matches.length === MOST_MATCHES
      ? `The first ${MOST_MATCHES}; more keys with values narrow it down.`
      : countText(matches.length, "match", "matches"),
  );
  $("matches-title").focus();
}

export function startFind() {
  $("find").addEventListener("click", find);
}
