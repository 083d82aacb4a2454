/* Speaks to the gateway. Every URL is relative to the page, so a reverse proxy may put any path before it. */

/* An answer other than 2xx, or none. */
export class Problem extends Error {
  constructor(status, members) {
    super(members.title);
    this.status = status;
    for (const name of ["code", "title", "detail", "hint", "errors", "dimseStatus"])
      this[name] = members[name];
  }
}

async function problemOf(response) {
  try {
    const members = await response.json();
    if (typeof members.title === "string") return new Problem(response.status, members);
  } catch {
    /* no JSON: it comes from a proxy in between */
  }
  return new Problem(response.status, {
    code: "no-problem",
    title: `The answer was ${response.status} ${response.statusText}`.trim(),
    hint: "It does not come from cgetway; look at the reverse proxy before it.",
  });
}

/* The answer when it is 2xx. Throws a Problem, or AbortError when options.signal says so. */
export async function call(method, path, options = {}) {
  let response;
  try {
    response = await fetch(path, { method, cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, {
      code: "no-answer",
      title: "The gateway does not answer",
      hint: "See whether it still runs and can be reached, then try again.",
    });
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

export async function callJson(method, path, options) {
  const response = await call(method, path, options);
  return response.json();
}

/* Waits for a function that throws what call() throws; what it returns, or undefined after fail(problem). */
export async function attempt(action, fail) {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    fail(error);
    return undefined;
  }
}

export const peerPath = (peer, what) => `v1/peers/${encodeURIComponent(peer)}/${what}`;
export const jobPath = (id, what = "") => `v1/jobs/${encodeURIComponent(id)}${what}`;
export const filePath = (id, name) => jobPath(id, `/files/${encodeURIComponent(name)}`);

/* "?a=b&c=d" of the members that have a value; "" when none has. */
export function queryText(parameters) {
  const given = Object.entries(parameters).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}
