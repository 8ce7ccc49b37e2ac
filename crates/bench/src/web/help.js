// Put into the page before its own code: what the measurements ask for again and again.
"use strict";

// Tasks of the main thread that took longer than 50 ms: begin and length.
const longTasks = [];
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) {
    longTasks.push([startTime, duration]);
  }
}).observe({ type: "longtask", buffered: true });

const longest = () => Math.max(0, ...longTasks.map(([, length]) => length));

const byId = (id) => document.getElementById(id);
const button = (words) =>
  [...document.querySelectorAll("button")].find((one) => one.textContent.trim() === words && !one.disabled);
const heading = () => document.querySelector(".head h1")?.textContent;
const lastText = () => [...document.querySelectorAll(".text")].at(-1)?.textContent;
const lastFile = () => [...document.querySelectorAll(".file b")].at(-1)?.textContent;
const lastSave = () => [...document.querySelectorAll(".file button")].filter((one) => one.textContent === "Save").at(-1);

const write = (id, text) => {
  const field = byId(id);
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

// Waits without keeping the main thread busy.
const until = (condition) =>
  new Promise((done) => {
    const look = () => (condition() ? done(true) : setTimeout(look, 4));
    look();
  });

// After the next picture is drawn.
const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

const takes = async (action, condition) => {
  const began = performance.now();
  action();
  await until(condition);
  await drawn();
  return performance.now() - began;
};

// When somebody can begin: a field to write a name into, or the list of rooms, is drawn, and the main thread is free.
const usable = until(() => document.querySelector("#user, nav.side"))
  .then(drawn)
  .then(() => performance.now());

// The group of the recovery code that the page asks back.
const askedGroup = () => {
  const words = document.querySelector("label[for=code-group]").textContent.split(" ");
  const order = ["first", "second", "third", "fourth", "fifth", "sixth", "last"];
  return window.code.split("-")[order.findIndex((word) => words.includes(word))];
};
