// Goes back to the page that was asked for as soon as the server answers.
const LONGEST_MILLIS = 30 * 1000;
const PATIENCE_MILLIS = 10 * 1000;
const isKorean = /^ko\b/i.test(navigator.language);
const [korean, english] = document.querySelectorAll('main');
const main = isKorean ? korean : english;
const state = main.querySelector('.state');
let wait = 1000;
let planned;
let isTrying = false;

korean.hidden = !isKorean;
english.hidden = isKorean;
document.documentElement.lang = main.lang;
document.title = main.dataset.title;

// A form that did not get through is not sent again: its page is shown instead.
function goBack() {
  if (!location.pathname.startsWith('/api/')) return location.reload();
  const back = new URLSearchParams(location.search).get('back') ?? '/';
  location.replace(/^\/(?![/\\])/.test(back) ? back : '/');
}

async function isAnswered() {
  const giveUp = new AbortController();
  const late = setTimeout(() => giveUp.abort(), PATIENCE_MILLIS);
  try {
    const answer = await fetch('/healthz', { cache: 'no-store', signal: giveUp.signal });
    // Some networks, as in hotels, answer every request with a page of their own.
    return answer.ok && (await answer.text()) === 'ok';
  } catch {
    return false;
  } finally {
    clearTimeout(late);
  }
}

async function tryAgain() {
  if (isTrying) return;
  isTrying = true;
  clearTimeout(planned);
  if (await isAnswered()) return goBack();
  isTrying = false;
  state.textContent = state.dataset.again;
  // At a random moment, so that not everybody comes at once.
  planned = setTimeout(tryAgain, wait * (0.5 + Math.random() / 2));
  wait = Math.min(2 * wait, LONGEST_MILLIS);
}

function tryNow() {
  wait = 1000;
  state.textContent = state.dataset.trying;
  void tryAgain();
}

function countWaiting() {
  const room = /^\/room\/([0-9a-f]+)/.exec(location.pathname)?.[1];
  const waiting = Object.keys(localStorage).filter((key) => key.startsWith(`gifchat.out.${room}.`)).length;
  main.querySelector('.waiting b').textContent = waiting;
  main.querySelector('.waiting').hidden = waiting === 0;
}

main.querySelector('button').addEventListener('click', tryNow);
addEventListener('online', tryNow);
document.addEventListener('visibilitychange', () => document.hidden || tryNow());
try {
  countWaiting();
} catch {
  // Where nothing can be stored, nothing waits.
}
// Not at once: a server that answers, but not with this page, must not be asked without end.
planned = setTimeout(tryAgain, wait);
