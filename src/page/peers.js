/* The configured peers, each with an echo. */
import { attempt, callJson, peerPath } from "./api.js";
import { $, el, isBusy, notice, say, setBusy } from "./dom.js";

async function echo(peer, button, output) {
  if (isBusy(button)) return;
  setBusy(button, true);
  output.className = "";
  output.replaceChildren("Asking …");
  const answer = await attempt(
    () => callJson("POST", peerPath(peer.name, "echo")),
    (problem) => output.replaceChildren(notice(problem)),
  );
  if (answer !== undefined) {
    const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
    output.className = "good";
    output.replaceChildren(
      `✓ It answers: association in ${ms(answer.associateMs)}, echo in ${ms(answer.echoMs)}`,
    );
  }
  setBusy(button, false);
}

function peerItem(peer) {
  const output = el("output", null);
  const button = el("button", { type: "button", "aria-label": `Echo ${peer.name}` }, "Echo");
  button.addEventListener("click", () => echo(peer, button, output));
  const host = peer.host.includes(":") ? `[${peer.host}]` : peer.host;
  return el(
    "li",
    { class: "peer" },
    el(
      "div",
      null,
      el("strong", null, peer.name),
      el("div", { class: "where" }, `${host}:${peer.port}`),
      el("div", { class: "where" }, `${peer["calling-aet"]} calls ${peer["called-aet"]}`),
    ),
    button,
    output,
  );
}

/* The peers as the gateway tells them; [] when it tells none. */
export async function showPeers() {
  const peers = await attempt(
    () => callJson("GET", "v1/peers"),
    (problem) => {
      say($("peers-note"), "");
      $("peer-list").replaceChildren(el("li", null, notice(problem)));
    },
  );
  if (peers === undefined) return [];
  say(
    $("peers-note"),
    peers.length > 0 ? "" : "No peer is configured: add one to peers in the configuration.",
  );
  $("peer-list").replaceChildren(...peers.map(peerItem));
  return peers;
}
