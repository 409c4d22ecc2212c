// Stands at the worker's address when the setting SERVICE_WORKER is 0: whichever worker a browser has, this one takes its place,
// removes what it kept, and goes.
addEventListener('install', () => skipWaiting());

addEventListener('activate', (event) => event.waitUntil(leave()));

async function leave() {
  for (const name of await caches.keys()) {
    if (name.startsWith('gifchat ')) await caches.delete(name);
  }
  await registration.unregister();
}
