// The first message brings the compiled wasm; from then on Rust listens.
self.onmessage = async ({ data }) => {
  self.onmessage = null;
  await wasm_bindgen({ module_or_path: data });
  wasm_bindgen.worker();
};
