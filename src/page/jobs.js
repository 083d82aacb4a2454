/* Jobs: the list, live progress of those that can be seen, and what can be done with them. */
import { attempt, call, callJson, jobPath, queryText } from "./api.js";
import { $, bytesText, countText, el, notice, say, secondsText } from "./dom.js";
import { showResult } from "./result.js";

const JOBS_AT_ONCE = 20;
const LOOK_AGAIN_MS = 10000;
/* A browser opens six connections to a host; the rest of the page needs some too. */
const MOST_STREAMS = 4;

const UNFINISHED = new Set(["queued", "running"]);
const WHY_INCOMPLETE = {
  incomplete: "INCOMPLETE: not every instance is here.",
  cancelled: "INCOMPLETE: the job was cancelled.",
  interrupted: "INCOMPLETE: the gateway ended while the job ran.",
  failed: "FAILED: nothing was stored.",
};

const cards = new Map(); /* by the job's id */
let oldest = null; /* value of `before` for what is not shown yet */

const isUnfinished = (job) => UNFINISHED.has(job.state);
const time = (text) => new Date(text).toLocaleString();

/* ---- one job ---- */

class Card {
  constructor(job) {
    this.id = job.id;
    this.stream = null;
    this.isVisible = false;
    this.state = el("span");
    this.facts = el("div", { class: "facts" });
    this.counts = el("p", { class: "counts" });
    this.bar = el("progress", { "aria-label": "Progress" });
    this.error = el("div");
    this.refusal = el("div", { role: "alert" });
    this.result = el("div", { class: "result", id: `result-${job.id}`, hidden: true });
    this.buttons = {
      cancel: this.button("Cancel", () => this.act("DELETE", "")),
      resume: this.button("Resume", () => this.act("POST", "/resume")),
      show: this.button("Show the files", () => this.toggle()),
      remove: this.button("Remove", () => this.remove()),
    };
    this.buttons.show.setAttribute("aria-controls", this.result.id);
    this.buttons.show.setAttribute("aria-expanded", "false");
    this.buttons.remove.classList.add("danger");
    this.title = el(
      "h3",
      { tabindex: "-1", id: `job-${job.id}` },
      `${job.level ?? ""} from ${job.peer}`.trim(),
      this.state,
    );
    this.item = el(
      "li",
      { class: "job", "aria-labelledby": this.title.id },
      this.title,
      this.facts,
      this.counts,
      this.bar,
      this.error,
      this.refusal,
      el("div", { class: "buttons" }, ...Object.values(this.buttons)),
      this.result,
    );
    this.item.card = this;
    this.update(job);
  }

  button(text, onclick) {
    return el("button", { type: "button", onclick, "aria-describedby": `job-${this.id}` }, text);
  }

  update(job) {
    const before = this.job;
    if (JSON.stringify(job) === JSON.stringify(before)) return;
    this.job = job;
    this.state.textContent = job.state;
    this.state.className = `state ${job.state}`;
    this.facts.replaceChildren(
      ...[time(job.createdAt), job.label && `label ${job.label}`, job.runs > 1 && `run ${job.runs}`, job.id]
        .filter(Boolean)
        .map((text) => el("span", null, text)),
    );
    this.updateCounts();
    this.error.replaceChildren();
    if (WHY_INCOMPLETE[job.state])
      this.error.append(
        notice(job.error, job.state === "failed" ? "bad" : "warn", WHY_INCOMPLETE[job.state]),
      );
    this.showButtons();
    if (before !== undefined && before.state !== job.state) this.stateChanged();
  }

  updateCounts() {
    const { job } = this;
    const { told, remaining, failed, rate } = job.progress;
    const total = told ?? (remaining === null ? null : job.instances + remaining + (failed ?? 0));
    const parts = [];
    if (job.state === "queued") parts.push("waits for a worker");
    else
      parts.push(
        isUnfinished(job) && total !== null
          ? `${job.instances.toLocaleString("en")} of ${countText(total, "instance")}`
          : countText(job.instances, "instance"),
        bytesText(job.bytes),
      );
    if (isUnfinished(job)) {
      if (rate) parts.push(`${bytesText(rate)}/s`);
      if (remaining !== null) parts.push(`${remaining.toLocaleString("en")} remaining`);
    } else if (job.startedAt && job.endedAt) {
      parts.push(`in ${secondsText(new Date(job.endedAt) - new Date(job.startedAt))}`);
    }
    if (failed) parts.push(`${failed.toLocaleString("en")} failed`);
    this.counts.textContent = parts.join(" · ");
    this.bar.hidden = !isUnfinished(job);
    if (total === null) {
      this.bar.removeAttribute("value");
    } else {
      this.bar.max = Math.max(total, 1);
      this.bar.value = Math.min(job.instances, total);
    }
  }

  /* A button that goes while it has the focus gives it to the title. */
  showButtons() {
    const { state } = this.job;
    const shown = {
      cancel: isUnfinished(this.job),
      resume: WHY_INCOMPLETE[state] !== undefined,
      show: !isUnfinished(this.job) && (this.job.instances > 0 || this.job.outcome !== null),
      remove: !isUnfinished(this.job),
    };
    const hadFocus = Object.values(this.buttons).includes(document.activeElement);
    for (const [name, button] of Object.entries(this.buttons)) button.hidden = !shown[name];
    if (hadFocus && document.activeElement.hidden !== false) this.title.focus();
  }

  stateChanged() {
    if (!isUnfinished(this.job)) {
      say($("jobs-live"), `The job from ${this.job.peer} is ${this.job.state}: ${this.counts.textContent}`);
      if (!this.result.hidden) showResult(this.result, this.job);
    } else if (!this.result.hidden) {
      this.toggle();
    }
    followJobs();
  }

  /* The answer is the job, or what refused it. */
  async act(method, what) {
    this.refusal.replaceChildren();
    const job = await attempt(
      () => callJson(method, jobPath(this.id, what)),
      (problem) => this.refusal.replaceChildren(notice(problem)),
    );
    if (job !== undefined) this.update(job);
    followJobs();
  }

  toggle() {
    this.result.hidden = !this.result.hidden;
    this.buttons.show.textContent = this.result.hidden ? "Show the files" : "Hide the files";
    this.buttons.show.setAttribute("aria-expanded", String(!this.result.hidden));
    if (this.result.hidden) this.result.replaceChildren();
    else showResult(this.result, this.job);
  }

  async remove() {
    if (!(await ask(`${this.title.firstChild.textContent}, ${this.counts.textContent}`))) return;
    this.refusal.replaceChildren();
    const answer = await attempt(
      () => call("DELETE", jobPath(this.id) + queryText({ remove: "true" })),
      (problem) => this.refusal.replaceChildren(notice(problem)),
    );
    if (answer === undefined) return;
    const next = this.item.nextElementSibling ?? this.item.previousElementSibling;
    this.drop();
    (next === null ? $("jobs-title") : next.card.title).focus();
    say($("jobs-live"), "The job and its files are removed.");
  }

  drop() {
    this.unfollow();
    visible.unobserve(this.item);
    this.item.remove();
    cards.delete(this.id);
    noteJobs();
  }

  /* ---- events ---- */

  follow() {
    const stream = new EventSource(jobPath(this.id, "/events"));
    stream.addEventListener("progress", (event) => this.update(JSON.parse(event.data)));
    stream.addEventListener("end", (event) => {
      this.unfollow();
      this.update(JSON.parse(event.data));
      followJobs();
    });
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED)
        this.unfollow(); /* refused; the list is asked again later */
    });
    this.stream = stream;
  }

  unfollow() {
    this.stream?.close();
    this.stream = null;
  }
}

/* ---- the question before a removal ---- */

function ask(text) {
  const dialog = $("ask");
  $("ask-text").textContent = text;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/* ---- the list ---- */

/* Streams only for what can be seen and still changes. */
function followJobs() {
  const wanted = [...$("job-list").children]
    .map((item) => item.card)
    .filter((card) => !document.hidden && card.isVisible && isUnfinished(card.job))
    .slice(0, MOST_STREAMS);
  for (const card of cards.values()) if (card.stream !== null && !wanted.includes(card)) card.unfollow();
  for (const card of wanted) if (card.stream === null) card.follow();
}

const visible = new IntersectionObserver((entries) => {
  for (const entry of entries) entry.target.card.isVisible = entry.isIntersecting;
  followJobs();
});

function noteJobs() {
  say($("jobs-note"), cards.size === 0 ? "No job yet. A retrieve that is given as a job is seen here." : "");
}

/* Puts a job in its place: ids sort as the jobs were made, the newest first. */
function place(job) {
  const known = cards.get(job.id);
  if (known !== undefined) {
    if (known.stream === null) known.update(job);
    return known;
  }
  const card = new Card(job);
  cards.set(job.id, card);
  const next = [...$("job-list").children].find((item) => item.card.id < job.id);
  $("job-list").insertBefore(card.item, next ?? null);
  visible.observe(card.item);
  noteJobs();
  return card;
}

/* A job that the form has started. */
export function jobStarted(job) {
  const card = place(job);
  card.title.focus({ preventScroll: true });
  card.item.scrollIntoView({ block: "nearest" });
}

/* The same again is no news for who listens to the page. */
function showJobsProblem(problem) {
  const told = notice(problem);
  say($("jobs-note"), "");
  if ($("jobs-problem").textContent !== told.textContent) $("jobs-problem").replaceChildren(told);
}

/* The newest jobs, again and again while the page is seen: other clients make jobs too, and remove them. */
async function look() {
  const shown = [...cards.values()];
  const path = `v1/jobs${queryText({ limit: JOBS_AT_ONCE })}`;
  const page = await attempt(() => callJson("GET", path), showJobsProblem);
  if (page === undefined) return;
  $("jobs-problem").replaceChildren();
  if (shown.length === 0) oldest = page.next;
  say($("jobs-replica"), page.replica ? `Jobs of replica ${page.replica}; each replica keeps its own.` : "");
  page.jobs.forEach(place);
  const there = new Set(page.jobs.map((job) => job.id));
  for (const card of shown) if (card.id >= (page.next ?? "") && !there.has(card.id)) card.drop();
  $("more-jobs").hidden = oldest === null;
  noteJobs();
}

async function lookFurther() {
  const path = `v1/jobs${queryText({ limit: JOBS_AT_ONCE, before: oldest })}`;
  const page = await attempt(() => callJson("GET", path), showJobsProblem);
  if (page === undefined) return;
  const shown = page.jobs.map(place);
  oldest = page.next;
  $("more-jobs").hidden = oldest === null;
  (shown[0]?.title ?? $("jobs-title")).focus();
}

/* False: this gateway stores nothing, so it has no jobs. */
export async function startJobs() {
  let isStoring = true;
  await attempt(
    () => call("GET", `v1/jobs${queryText({ limit: 1 })}`),
    (problem) => {
      isStoring = problem.code !== "store-not-configured";
    },
  );
  if (!isStoring) {
    say($("jobs-note"), "There are no jobs: this gateway has no output directory.");
    return false;
  }
  for (const [id, answer] of [
    ["ask-yes", "yes"],
    ["ask-no", "no"],
  ])
    $(id).addEventListener("click", () => $("ask").close(answer));
  $("more-jobs").addEventListener("click", lookFurther);
  document.addEventListener("visibilitychange", () => {
    followJobs();
    if (!document.hidden) look();
  });
  setInterval(() => !document.hidden && look(), LOOK_AGAIN_MS);
  await look();
  return true;
}
