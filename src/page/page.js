/* The page for people: puts its parts together. */
import { startFind } from "./find.js";
import { offerNoStore, startForm } from "./form.js";
import { jobStarted, startJobs } from "./jobs.js";
import { showPeers } from "./peers.js";

const isStoring = startJobs();
startForm(await showPeers(), jobStarted);
startFind();
if (!(await isStoring)) offerNoStore();
