/* siting: unpacks Leaflet and the scripts of the page, and starts them; what starts and is said comes with the page. */
(async () => {
  const text = (id) => document.getElementById(id).textContent;
  try {
    if (typeof DecompressionStream === "undefined") {
      throw new Error("This browser cannot unpack the map. Chrome 80, Firefox 113, Safari 16.4 or newer can.");
    }
    const bytes = Uint8Array.from(atob(text("siting-scripts")), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    for (const script of [...(await new Response(stream).json()), text("siting-start")]) {
      const made = document.createElement("script");
      made.textContent = script;
      document.head.append(made);
    }
  } catch (error) {
    const said = document.createElement("p");
    said.setAttribute("role", "alert");
    said.dataset.ready = "yes";
    said.textContent = `The map could not be drawn. ${error.message}`;
    document.querySelector("main").replaceChildren(said);
  }
})();
