/* siting: unpacks Leaflet and the scripts of the page, and starts them; what starts and is said comes with the page. */
(async () => {
	const text = (id) => document.getElementById(id).textContent;
	try {
		const scripts = await (await siting.gunzip(text("siting-scripts"))).json();
		for (const script of [...scripts, text("siting-start")]) {
			const made = document.createElement("script");
			made.textContent = script;
			document.head.append(made);
		}
	} catch (error) {
		const said = Object.assign(document.createElement("p"), { role: "alert" });
		said.dataset.ready = "yes";
		said.textContent = `The map could not be drawn. ${error.message}`;
		document.querySelector("main").replaceChildren(said);
	}
})();
