/* window.draw(url, accept): draws what one answer brings; {slices, errors, items, numbers} when all of it is there,
 * numbers being the pixels of every slice. window.show(k) goes to a slice. */
import { App, AppOptions, Index, ViewConfig } from "dwv";

const errors = [];
let app, image;

window.draw = (url, accept) =>
  new Promise((resolve) => {
    let items = 0;
    app = new App();
    app.init(new AppOptions({ "*": [new ViewConfig("view")] }));
    app.addEventListener("error", (event) => errors.push(String(event.error ?? event)));
    app.addEventListener("loaditem", () => items++);
    app.addEventListener("loadend", () => {
      image = app.getData(dataId)?.image;
      const slices = image?.getGeometry().getSize().get(2);
      resolve({ slices, errors, items, numbers: Array.from(image?.getBuffer() ?? []) });
    });
    const dataId = app.loadURLs([url], { requestHeaders: [{ name: "Accept", value: accept }] });
  });

window.show = (k) => {
  const layer = app.getActiveLayerGroup().getActiveViewLayer();
  return layer.getViewController().setCurrentPosition(image.getGeometry().indexToWorld(new Index([0, 0, k])));
};

document.documentElement.dataset.ready = "";
