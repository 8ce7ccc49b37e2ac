// What the worker needs of the browser for files, where that is shortest in the browser's own language.
const chatFiles = {
  bytes: async (file, from, to) => file.slice(from, to).arrayBuffer(),

  blob: (bytes, type) => new Blob([bytes], { type }),

  // A small picture of a picture: nothing of the original but what is seen.
  async thumbnail(file, limit) {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, 400 / Math.max(picture.width, picture.height));
    const side = (length) => Math.max(1, Math.round(length * scale));
    const canvas = new OffscreenCanvas(side(picture.width), side(picture.height));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    for (const quality of [0.7, 0.4, 0.2]) {
      const small = await canvas.convertToBlob({ type: "image/webp", quality });
      if (small.size <= limit) {
        return new Uint8Array(await small.arrayBuffer());
      }
    }
    return new Uint8Array();
  },

  directory: async () => (await navigator.storage.getDirectory()).getDirectoryHandle("files", { create: true }),

  // A place for a file that comes in: a small one in memory, a large one on the disk if the browser lends some.
  async sink(length) {
    if (length > 16 * 1024 * 1024) {
      try {
        const directory = await chatFiles.directory();
        const name = crypto.randomUUID();
        const handle = await directory.getFileHandle(name, { create: true });
        const access = await handle.createSyncAccessHandle();
        const end = async () => access.close();
        return {
          write: (bytes) => access.write(bytes) === bytes.length,
          whole: async () => (await end(), handle.getFile()),
          drop: async () => (await end(), directory.removeEntry(name)),
        };
      } catch {
        // Then all of it is kept by the browser as it thinks best.
      }
    }
    const parts = [];
    return {
      write: (bytes) => parts.push(new Blob([bytes])) > 0,
      whole: async () => new Blob(parts),
      drop: async () => {},
    };
  },

  // Removes what was lent for downloads that are over: after that time the person has saved them.
  async sweep(age) {
    const directory = await chatFiles.directory();
    for await (const [name, handle] of directory.entries()) {
      const file = await handle.getFile();
      if (Date.now() - file.lastModified >= age) {
        await directory.removeEntry(name).catch(() => {});
      }
    }
  },
};

// The first message brings the compiled wasm; from then on Rust listens. Without memory, for one, it does not start.
self.onmessage = async ({ data }) => {
  self.onmessage = null;
  try {
    await wasm_bindgen({ module_or_path: data });
    wasm_bindgen.worker();
  } catch (error) {
    self.postMessage(String(error));
  }
};
