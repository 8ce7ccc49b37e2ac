// Starts the page and its worker. Code runs only as the page's integrity hashes allow: scripts by their tags, wasm and
// the worker's text by fetch. A worker knows no integrity, so it is made from text that was checked.
"use strict";

(() => {
  // What the person has chosen in the settings, before anything is drawn.
  try {
    const theme = localStorage.getItem("secure-chat-theme");
    if (theme === "light" || theme === "dark") {
      document.documentElement.dataset.theme = theme;
    }
  } catch {
    // A browser that keeps nothing looks as its system does.
  }

  const show = (id) => {
    document.getElementById(id).hidden = false;
  };

  // In place of whatever is drawn.
  const failed = (error) => {
    for (const element of [...document.body.children]) {
      if (element.id !== "plain") {
        element.remove();
      }
    }
    document.getElementById("reason").textContent = String(error);
    document.getElementById("plain").hidden = false;
    show("outdated");
  };

  const checked = async (element) => {
    const address = element.href || element.src;
    const response = await fetch(address, { integrity: element.integrity });
    if (!response.ok) {
      throw new Error(`${address}: ${response.status}`);
    }
    return response;
  };

  const start = async () => {
    const element = (id) => document.getElementById(id);
    const compiling = WebAssembly.compileStreaming(checked(element("wasm")));
    const texts = ["glue", "worker"].map(async (id) => (await checked(element(id))).text());
    const blob = new Blob(await Promise.all(texts), { type: "text/javascript" });
    const address = URL.createObjectURL(blob);
    const only = (url) => {
      if (url !== address) {
        throw new TypeError("not the worker");
      }
      return url;
    };
    // Where the browser knows Trusted Types, no other script address is accepted anywhere on this page.
    const policy = window.trustedTypes?.createPolicy("secure-chat", { createScriptURL: only });
    const worker = new Worker(policy ? policy.createScriptURL(address) : address, { name: "engine" });
    worker.addEventListener("message", ({ data }) => {
      if (typeof data === "string") {
        failed(data);
      }
    });
    // The worker may be there before the page listens, and what nobody hears is not said again.
    const early = [];
    worker.onmessage = ({ data }) => early.push(data);
    const module = await compiling;
    worker.postMessage(module);
    await wasm_bindgen({ module_or_path: module });
    document.getElementById("plain").hidden = true;
    wasm_bindgen.page(worker);
    for (const data of early) {
      worker.dispatchEvent(new MessageEvent("message", { data }));
    }
  };

  if (!window.isSecureContext) {
    show("insecure");
    return;
  }
  start().catch(failed);
})();
