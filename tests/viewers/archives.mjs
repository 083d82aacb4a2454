/* Archives with no web service: Debian's dcmqrscp, and orthanc without its plugin. With the plugin it is the reference
 * that shows the tests themselves to be right. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { place, start, startOnPorts } from "./processes.mjs";

const CLASSES = [
  "1.2.840.10008.5.1.4.1.1.2", // CT Image Storage
  "1.2.840.10008.5.1.4.1.1.7.2", // Multi-frame Grayscale Byte Secondary Capture Image Storage
  "1.2.840.10008.5.1.4.1.1.104.1", // Encapsulated PDF Storage
];
const SYNTAXES = [
  "1.2.840.10008.1.2.5", // RLE Lossless
  "1.2.840.10008.1.2.4.70", // JPEG Lossless, first-order prediction
  "1.2.840.10008.1.2.4.80", // JPEG-LS Lossless
  "1.2.840.10008.1.2.4.90", // JPEG 2000, lossless only
  "1.2.840.10008.1.2.1", // Explicit VR Little Endian
  "1.2.840.10008.1.2", // Implicit VR Little Endian
];

const numbered = (key, values) => values.map((value, i) => `${key}${i + 1} = ${value}\n`).join("");

/* What dcmqrscp accepts (DCMTK's asconfig.txt); by itself it accepts only uncompressed instances. The SCU of a C-GET is
 * the SCP of the storage classes. */
const PROFILE =
  `[[TransferSyntaxes]]\n[Syntaxes]\n${numbered("TransferSyntax", SYNTAXES)}` +
  `[[PresentationContexts]]\n[Contexts]\n${numbered(
    "PresentationContext",
    CLASSES.map((name) => `${name}\\Syntaxes`),
  )}` +
  `[[SCPSCURoleSelection]]\n[Roles]\n${numbered(
    "Role",
    CLASSES.map((name) => `${name}\\SCP`),
  )}` +
  "[[Profiles]]\n[Incoming]\nPresentationContexts = Contexts\nSCPSCURoleSelection = Roles\n";

/* Its port. */
export async function startDcmqrscp(directory, files) {
  execFileSync("dcmqridx", [directory, ...files]);
  writeFileSync(join(place, "profile.cfg"), PROFILE);
  const [port] = await startOnPorts(1, (free) => {
    writeFileSync(
      join(place, "dcmqrscp.cfg"),
      `NetworkTCPPort = ${free}\nMaxPDUSize = 131072\nMaxAssociations = 16\nHostTable BEGIN\nHostTable END\n` +
        `VendorTable BEGIN\nVendorTable END\nAETable BEGIN\nARCHIVE ${directory} R (10, 1024mb) ANY\nAETable END\n`,
    );
    return start("dcmqrscp", [
      "dcmqrscp",
      "-c",
      "dcmqrscp.cfg",
      "-xf",
      "profile.cfg",
      "Incoming",
      "Incoming",
    ]);
  });
  return port;
}

const DICOM_WEB_PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

/* {port, httpPort}; fsync is off because the files live no longer than the test. */
export async function startOrthanc(name, files, { dicomWeb = false } = {}) {
  const storage = join(place, name);
  mkdirSync(storage);
  const [port, httpPort] = await startOnPorts(2, (dicom, http) => {
    writeFileSync(
      join(place, `${name}.json`),
      JSON.stringify({
        StorageDirectory: storage,
        IndexDirectory: storage,
        Plugins: dicomWeb ? [DICOM_WEB_PLUGIN] : [],
        DicomWeb: {
          Enable: true,
          WadoRoot: "/dicom-web/wado",
          StudiesMetadata: "Full",
          SeriesMetadata: "Full",
        },
        HttpPort: http,
        DicomPort: dicom,
        DicomAet: "ORTHANC",
        DicomCheckCalledAet: false,
        DicomAlwaysAllowGet: true,
        DicomAlwaysAllowFind: true,
        DicomCheckModalityHost: false,
        TranscodeDicomProtocol: false,
        RemoteAccessAllowed: false,
        OrthancExplorerEnabled: false,
        SyncStorageArea: false,
        SaveJobs: false,
        KeepAlive: true,
      }),
    );
    return start(name, ["Orthanc", `${name}.json`]);
  });
  for (const file of files) {
    const answer = await fetch(`http://127.0.0.1:${httpPort}/instances`, {
      method: "POST",
      headers: { "Content-Type": "application/dicom" },
      body: readFileSync(file),
    });
    if (answer.status !== 200) throw new Error(`${name} says ${answer.status} to ${file}`);
    await answer.arrayBuffer();
  }
  return { port, httpPort };
}
