// Keeps the page itself, so that it opens without a network. What the page shows is kept by the page.

const CACHE = "tasklane-page";
const PAGE = new URL(self.registration.scope);
const PARTS = ["config.json", "icon.svg", "manifest.webmanifest"].map((name) => new URL(name, PAGE).href);

self.addEventListener("install", (event) => {
  event.waitUntil(fetchPage().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== PAGE.origin) return;
  if (url.pathname === PAGE.pathname) event.respondWith(fetchPage().catch(() => kept(PAGE.href)));
  else if (isAsset(url.href)) event.respondWith(kept(url.href).then((found) => found ?? fetch(event.request)));
  else if (PARTS.includes(url.href)) event.respondWith(fetch(event.request).catch(() => kept(url.href)));
});

/** The newest page. It is kept together with what it is made of, and nothing of an older one is. */
async function fetchPage() {
  const response = await fetch(PAGE, { cache: "no-cache" });
  if (!response.ok) return response;
  const assets = assetsOf(await response.clone().text());
  const cache = await caches.open(CACHE);
  const wanted = [...PARTS, ...assets];
  const known = (await cache.keys()).map((request) => request.url);
  await cache.addAll(wanted.filter((url) => !known.includes(url)));
  await cache.put(PAGE.href, response.clone());
  const old = known.filter((url) => isAsset(url) && !assets.includes(url));
  await Promise.all(old.map((url) => cache.delete(url)));
  return response;
}

/** Assets have a hash of their content in their name, so one that is kept is never out of date. */
function isAsset(url) {
  return url.startsWith(new URL("assets/", PAGE).href);
}

function assetsOf(html) {
  return [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((found) => new URL(found[1], PAGE).href).filter(isAsset);
}

async function kept(url) {
  return (await caches.open(CACHE)).match(url);
}
