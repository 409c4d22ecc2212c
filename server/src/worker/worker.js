// The service worker of one build: it caches that build's files in advance, and shows a page of its own when there is no network.
// Documents always come from the network, and nothing else that a visitor received is cached. The server writes the constants
// `BUILD` and `FILES` before this script.
const CACHE = `gifchat ${BUILD}`;

// A new worker does not wait until all pages are closed, so that it can replace a broken one. Open pages lose nothing: they have
// loaded their files, and files of different builds have different names.
addEventListener('install', (event) => {
  skipWaiting();
  event.waitUntil(keep());
});

addEventListener('activate', (event) => event.waitUntil(takeOver()));

addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.mode === 'navigate') {
    if (request.destination === 'document') event.respondWith(fromNetwork(event));
  } else if (request.method === 'GET' && origin === location.origin && FILES.includes(pathname)) {
    event.respondWith(fromCache(pathname).then((kept) => kept ?? fetch(request)));
  }
});

async function keep() {
  // Data savers get only the small files without a hash in advance, among them the offline page. The browser's own cache keeps what
  // pages load.
  const saves = navigator.connection?.saveData;
  const ahead = saves ? FILES.filter((file) => !file.startsWith('/pkg/')) : FILES;
  const cache = await caches.open(CACHE);
  // A file without a hash in its name may be an older version in the browser's own cache.
  const request = (file) => new Request(file, { cache: file.startsWith('/pkg/') ? 'default' : 'no-cache' });
  await cache.addAll(ahead.map(request));
}

async function takeOver() {
  for (const name of await caches.keys()) {
    if (name.startsWith('gifchat ') && name !== CACHE) await caches.delete(name);
  }
  await registration.navigationPreload?.enable();
  // Pages of an older build offer to load themselves again.
  for (const page of await clients.matchAll({ includeUncontrolled: true })) page.postMessage({ build: BUILD });
}

async function fromNetwork(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await fromCache('/offline.html')) ?? Response.error();
  }
}

function fromCache(pathname) {
  return caches.match(pathname, { cacheName: CACHE, ignoreVary: true }).catch(() => undefined);
}
