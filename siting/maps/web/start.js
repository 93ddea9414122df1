/* Unpacks and starts Leaflet and the scripts of the page. */
;(async () => {
	const text = id => document.getElementById(id).textContent
	try {
		const scripts = await (await siting.gunzip(text("siting-scripts"))).json()
		for (const script of [...scripts, text("siting-start")]) {
			const made = document.createElement("script")
			made.textContent = script
			document.head.append(made)
		}
	} catch (error) {
		const textContent = `The map could not be drawn. ${error.message}`
		Object.assign(document.querySelector("main"), { role: "alert", textContent }).dataset.ready = "yes"
	}
})()
