// Keeps the page in step with the host: server-sent events bring finished HTML, forms go out without a new page.
"use strict";

const find = (id) => document.getElementById(id);
const follow = find("follow");
let chosen = 0;
// On a phone they would push the conversation out of sight.
if (matchMedia("(max-width: 34rem)").matches) find("tools").open = false;

// ---- what comes in ----

const operations = {
  reload: () => location.reload(),
  region: ({ id, html }) => { find(id).innerHTML = html; },
  drop: ({ id }) => find(id)?.remove(),
  put,
  story: ({ signal }) => { if (follow.checked) show(signal, false); },
};

/** Puts an element where its order says, or in the place of the one that it replaces. */
function put({ list, id, replaces, html }) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const fresh = holder.content.firstElementChild;
  const old = find(replaces ?? id);
  if (old) {
    keep(old, fresh);
    const log = fresh.closest(".log");
    if (log) pending.add(log);
    return;
  }
  const home = find(list);
  if (!home) return;
  let next = null;
  for (let last = home.lastElementChild; last?.dataset.order > fresh.dataset.order; last = last.previousElementSibling) next = last;
  fresh.classList.add("fresh");
  home.insertBefore(fresh, next);
  if (home.classList.contains("log")) pending.add(home);
}

/** Replaces an element, and leaves open what was open, and the keyboard where it was. */
function keep(old, fresh) {
  const open = [...old.querySelectorAll("details")].map((one) => one.open);
  const places = [...old.querySelectorAll("a, button, summary, input, textarea")];
  const place = places.indexOf(document.activeElement);
  fresh.querySelectorAll("details").forEach((one, index) => { one.open = open[index] ?? false; });
  fresh.classList.toggle("chosen", old.classList.contains("chosen"));
  old.replaceWith(fresh);
  if (place >= 0) fresh.querySelectorAll("a, button, summary, input, textarea")[place]?.focus();
}

// Scrolling is done once a frame, however many bubbles came: asking for the height after each would lay out each.
const pending = new Set();
const atEnd = new WeakMap();
const watchScroll = (log) => atEnd.set(log, log.scrollHeight - log.scrollTop - log.clientHeight < 80);
document.addEventListener("scroll", (event) => { if (event.target.classList?.contains("log")) watchScroll(event.target); }, true);

function settle() {
  for (const log of pending) if (atEnd.get(log) ?? true) log.scrollTop = log.scrollHeight;
  pending.clear();
}

const waiting = [];
function receive(event) {
  waiting.push(JSON.parse(event.data));
  if (waiting.length === 1) requestAnimationFrame(apply);
}
function apply() {
  for (const one of waiting.splice(0)) operations[one.op]?.(one);
  settle();
}
document.addEventListener("visibilitychange", () => { if (waiting.length) apply(); });

const live = find("live").dataset;
const source = new EventSource(`${live.events}?seen=${live.seen}`);
source.addEventListener("message", receive);
addEventListener("pagehide", () => source.close());
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
for (const log of document.querySelectorAll(".log")) log.scrollTop = log.scrollHeight;

// On a small screen the phones come first.
if (matchMedia("(max-width: 34rem)").matches) find("tools").open = false;

// ---- what goes out ----

function complain(sentence) {
  const toast = find("toast");
  toast.textContent = sentence;
  toast.hidden = !sentence;
}

const lastSent = new WeakMap();
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("quiet" in form.dataset)) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  // The Enter key both changes a field and submits its form: the same, twice in a moment.
  if ("atOnce" in form.dataset) {
    const [at, last] = lastSent.get(form) ?? [];
    if (last === String(body) && performance.now() - at < 100) return;
    lastSent.set(form, [performance.now(), String(body)]);
  }
  const text = "send" in form.dataset ? form.elements.text : null;
  if (text) {
    text.value = "";
    text.focus();
    const log = form.parentElement.querySelector(".log");
    atEnd.set(log, true);
    count(text);
  }
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "page" } });
    complain(answer.ok ? "" : await answer.text());
    if (text && !answer.ok && !text.value) text.value = body.get("text");
  } catch {
    complain("The host does not answer. Is it still running?");
    if (text && !text.value) text.value = body.get("text");
  }
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form && "atOnce" in form.dataset) form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches(".compose textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

// ---- parts, as the host counts them ----

let counting;
function count(text) {
  clearTimeout(counting);
  const line = text.form.querySelector(".parts");
  if (!text.value) {
    line.textContent = "\u00a0";
    line.classList.remove("forced");
    return;
  }
  counting = setTimeout(async () => {
    const answer = await fetch(`/phones/parts?${new URLSearchParams({ text: text.value })}`).catch(() => null);
    if (!answer?.ok || !text.value) return;
    const cost = await answer.json();
    line.textContent = cost.text;
    line.classList.toggle("forced", cost.forced);
  }, 60);
}
document.addEventListener("input", (event) => { if (event.target.matches(".compose textarea")) count(event.target); });

// ---- why ----

async function show(signal, byHand) {
  chosen = Number(signal);
  const answer = await fetch(`/phones/story/${chosen}`).catch(() => null);
  if (!answer?.ok || chosen !== Number(signal)) return;
  find("story").innerHTML = await answer.text();
  mark();
  if (byHand) find("story").focus();
}

function mark() {
  for (const one of document.querySelectorAll(".chosen")) one.classList.remove("chosen");
  find(`in-${chosen}`)?.classList.add("chosen");
  for (const one of document.querySelectorAll("#signals a")) {
    if (Number(one.dataset.signal) === chosen) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  }
}
new MutationObserver(mark).observe(find("signals"), { childList: true });

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-signal]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  follow.checked = false;
  show(link.dataset.signal, true);
});

// ---- the clock ----

let read, seen;
setInterval(() => {
  const time = document.querySelector("#clock time");
  if (seen !== time) [seen, read] = [time, performance.now()];
  const now = new Date(Number(time.dataset.now) + performance.now() - read);
  const text = now.toLocaleString("en-GB", { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" });
  time.textContent = `${text} ${now.toISOString().slice(11, 19)} UTC`;
}, 1000);
