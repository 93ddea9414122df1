/* Bytes of gzip in base64, as Python packs what is in the page. */
globalThis.siting ??= {}

siting.gunzip = async text => {
	if (!globalThis.DecompressionStream)
		throw new Error("This browser cannot unpack the map. Chrome 123, Firefox 120, Safari 17.5 or newer can.")
	const bytes = Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), c => c.charCodeAt(0))
	const { readable, writable } = new DecompressionStream("gzip")
	const writer = writable.getWriter()
	for (const done of [writer.write(bytes), writer.close()]) done.catch(() => {}) // who reads is told
	return new Response(readable)
}
