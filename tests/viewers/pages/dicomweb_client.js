/* window.call(method, ...given): what dicomweb-client gives; bytes as {bytes: base64, transferSyntaxUID}. */
import { api } from "dicomweb-client";

const client = new api.DICOMwebClient({ url: `${location.origin}/dicom-web` });

function base64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

function plain(value) {
  if (value instanceof ArrayBuffer)
    return { bytes: base64(new Uint8Array(value)), transferSyntaxUID: value.transferSyntaxUID };
  return Array.isArray(value) ? value.map(plain) : value;
}

window.call = async (method, ...given) => {
  try {
    return plain(await client[method](...given));
  } catch (error) {
    throw new Error(`${method}: ${error.status ?? ""} ${error.message ?? error}`);
  }
};

/* What a picture shows, the same as a canvas in pictures.mjs. */
window.decode = async (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes]));
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, base64: base64(data.filter((_, i) => i % 4 === 0)) };
};

document.documentElement.dataset.ready = "";
