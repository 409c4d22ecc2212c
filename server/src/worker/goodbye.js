// This script is at the worker's address when the setting SERVICE_WORKER is 0. It replaces the worker that a browser has, deletes
// that worker's caches, and unregisters itself.
addEventListener('install', () => skipWaiting());

addEventListener('activate', (event) => event.waitUntil(leave()));

async function leave() {
  for (const name of await caches.keys()) {
    if (name.startsWith('gifchat ')) await caches.delete(name);
  }
  await registration.unregister();
}
