// What can wait. This is loaded when the page has everything else and the browser is idle. It fetches the files that the next
// page will need, and does what belongs to the installed app: the service worker, the offer of a new version, and the install
// button.
const LOOK_EVERY_MILLIS = 60 * 60 * 1000;
// The least time between two looks for a new version that events ask for.
const LOOK_AGAIN_MILLIS = 10 * 1000;
// How long after the page is live it fetches the files of the next one.
const NEXT_AFTER_MILLIS = 1000;
const { build, next } = document.getElementById('boot').dataset;
const bar = document.getElementById('update');
const [said, reload, close] = bar.children;

// The browser keeps these files in its own cache, unless a service worker has them all. They wait until the page is live and has
// heard from its socket, which they would slow down.
function fetchNext() {
  for (const file of next.split(' ')) {
    fetch(file, { priority: 'low' }).then((answer) => answer.arrayBuffer()).catch(() => {});
  }
}
if (next && !navigator.serviceWorker?.controller && !navigator.connection?.saveData) {
  window.whenLive = () => setTimeout(fetchNext, NEXT_AFTER_MILLIS);
  if (window.isLive) window.whenLive();
}

function offerUpdate() {
  said.textContent = said.dataset.text;
  bar.classList.add('shown');
}

// Whether a reload would lose something: an upload, or typed text that the browser does not store. (It stores what is typed in
// a room and what waits there. A search is in the address.)
function isUnsaved() {
  let stores = false;
  try {
    localStorage.setItem('gifchat.stores', '1');
    localStorage.removeItem('gifchat.stores');
    stores = true;
  } catch {}
  const fields = document.querySelectorAll('textarea:not([readonly]), input:not([type=hidden], [type=search], [type=checkbox])');
  const isKept = (field) => stores && field.closest('.text-form');
  const isTyped = [...fields].some((field) => field.value !== field.defaultValue && !isKept(field));
  const isWaiting = document.querySelector(stores ? '.pending .upload' : '.pending li');
  return isTyped || isWaiting !== null;
}

reload.addEventListener('click', () => {
  const isAsked = said.textContent === bar.dataset.unsaved;
  if (!isAsked && isUnsaved()) said.textContent = bar.dataset.unsaved;
  else location.reload();
});
close.addEventListener('click', () => bar.classList.remove('shown'));

// A prompt can be shown once, so the button goes with it.
document.addEventListener('click', (event) => {
  if (!event.target.closest('.install')) return;
  document.documentElement.classList.remove('installable');
  window.installPrompt?.prompt();
});
addEventListener('appinstalled', () => document.documentElement.classList.remove('installable'));

async function start() {
  const workers = navigator.serviceWorker;
  if (window.isHealing) return;
  if (!build) return (await workers.getRegistration())?.update();
  // A worker sends its build once, when it becomes active. Only the page knows whether it is of the same build.
  workers.addEventListener('message', ({ data }) => {
    if (data.build !== build) offerUpdate();
  });
  const registration = await workers.register('/sw.js');
  // (A browser that is told to block workers may answer without one.)
  if (!registration) return;
  let lookedAt = 0;
  const look = () => {
    if (document.hidden || Date.now() - lookedAt < LOOK_AGAIN_MILLIS) return;
    lookedAt = Date.now();
    registration.update().catch(() => {});
  };
  setInterval(look, LOOK_EVERY_MILLIS);
  document.addEventListener('visibilitychange', look);
  // The page calls this when its socket is back, which is when a server has been replaced.
  window.reconnected = look;
}

// Pages on plain http have no workers, and private windows may refuse one: then everything works but the offline page.
start().catch(() => {});
