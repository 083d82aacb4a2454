/* window.load(imageId, metadata): what cornerstone decodes it to, {rows, columns, sum, weighted}; metadata is the
 * instance's DICOM JSON, for wadors: only. */
import { imageLoader, init as initCore } from "@cornerstonejs/core";
import { init, wadors } from "@cornerstonejs/dicom-image-loader";

initCore();
init({ maxWebWorkers: 1 });

window.load = async (imageId, metadata) => {
  if (metadata) wadors.metaDataManager.add(imageId, metadata);
  const image = await imageLoader.loadImage(imageId, { preScale: { enabled: false } });
  const pixels = image.getPixelData();
  let sum = 0;
  let weighted = 0;
  pixels.forEach((value, i) => {
    sum += value;
    weighted += value * (i % 1009);
  });
  return { rows: image.rows, columns: image.columns, sum, weighted };
};

document.documentElement.dataset.ready = "";
