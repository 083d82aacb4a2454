/* The web server before the DICOMweb, as operators will have it: nginx with OHIF's built site, the tests' own pages
 * under /pages/, and what is under /dicom-web/ handed on. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { place, start, startOnPorts } from "./processes.mjs";

const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

const upstream = ({ dicomWeb }, i) =>
  `upstream behind${i} { server ${new URL(dicomWeb).host}; keepalive 16; }\n`;

const handOn = ({ dicomWeb }, i) => `
    location /dicom-web/ {
      proxy_pass http://behind${i}${new URL(dicomWeb).pathname}/;
      proxy_http_version 1.1;
      proxy_buffering off;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }`;

/* For servers that know nothing of CORS. */
const answerCors = ({ proxyFor }) =>
  (proxyFor ?? [])
    .map(
      (origin) => `
    if ($http_origin = "${origin}") { set $allowed $http_origin; }
    if ($request_method = OPTIONS) { return 204; }
    add_header Access-Control-Allow-Origin $allowed always;
    add_header Access-Control-Allow-Headers "accept, authorization, range" always;`,
    )
    .join("");

const site = (row, i, port) => `
  server {
    listen 127.0.0.1:${port};
    set $allowed "";
    location / { root ${process.env.CGW_OHIF}; try_files $uri /index.html; }
    location = /app-config.js { alias ${place}/app-config.js; }
    location /pages/ { alias ${process.env.CGW_PAGES}/; }${answerCors(row)}${row.dicomWeb ? handOn(row, i) : ""}
  }`;

const configure = (sites, ports) => `daemon off;
worker_processes 1;
pid ${place}/nginx.pid;
${process.getuid() === 0 ? "user root;" : ""}
events { worker_connections 512; }
http {
  include /etc/nginx/mime.types;
  access_log off;
  ${TEMPORARY.map((name) => `${name}_temp_path ${place}/nginx-${name};`).join("\n  ")}
  ${sites.map((row, i) => (row.dicomWeb ? upstream(row, i) : "")).join("")}
  ${sites.map((row, i) => site(row, i, ports[i])).join("")}
}
`;

let started = 0;

/* The origins of sites: {} serves pages only, {dicomWeb} hands it on too. */
export async function startWeb(sites) {
  const name = `nginx${++started}`;
  const file = join(place, `${name}.conf`);
  const ports = await startOnPorts(sites.length, (...free) => {
    writeFileSync(file, configure(sites, free));
    return start(name, ["nginx", "-p", place, "-e", "stderr", "-c", file]);
  });
  return ports.map((port) => `http://127.0.0.1:${port}`);
}

/* OHIF's configuration for all sites: a server that can do what the standard says, at the root; more changes what it
 * says of the server. */
export function writeOhifConfiguration(root = "/dicom-web", more = {}) {
  const configuration = {
    name: "cgetway-test",
    routerBasename: "/",
    extensions: [],
    modes: [],
    customizationService: {},
    showStudyList: true,
    maxNumberOfWebWorkers: 2,
    showWarningMessageForCrossOrigin: false,
    showCPUFallbackMessage: false,
    showLoadingIndicator: true,
    strictZSpacingForVolumeViewport: true,
    investigationalUseDialog: { option: "never" },
    maxNumRequests: { interaction: 100, thumbnail: 75, prefetch: 25 },
    defaultDataSourceName: "dicomweb",
    dataSources: [
      {
        namespace: "@ohif/extension-default.dataSourcesModule.dicomweb",
        sourceName: "dicomweb",
        configuration: {
          friendlyName: "cgetway",
          name: "cgetway",
          wadoUriRoot: `${root}/wado`,
          qidoRoot: root,
          wadoRoot: root,
          qidoSupportsIncludeField: true,
          imageRendering: "wadors",
          thumbnailRendering: "wadors",
          enableStudyLazyLoad: true,
          supportsFuzzyMatching: true,
          supportsWildcard: true,
          omitQuotationForMultipartRequest: true,
          bulkDataURI: { enabled: true, relativeResolution: "studies" },
          ...more,
        },
      },
    ],
  };
  writeFileSync(join(place, "app-config.js"), `window.config = ${JSON.stringify(configuration)};\n`);
}
