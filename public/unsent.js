// Shows what was written for a room in which this person has no seat any more, so that they can copy it. (If they enter again,
// the room shows the same texts as not sent.) Keys and fields are those of sending.rs, writing.rs and stored_text.rs in
// app/src/state.
const section = document.getElementById('unsent');
const { room, why } = section.dataset;
const [copy, discard] = section.querySelectorAll('button');
const DRAFT = `gifchat.draft.${room}`;
const TARGET = `gifchat.aim.${room}`;
const TEXT = `gifchat.out.${room}.`;

function stored() {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(TEXT));
  const waiting = keys.map((key) => JSON.parse(localStorage.getItem(key))).sort((one, other) => one.at - other.at);
  const draft = localStorage.getItem(DRAFT);
  return [...waiting.map(({ text }) => text), ...(draft?.trim() ? [draft] : [])];
}

function forget() {
  for (const key of Object.keys(localStorage)) {
    if (key === DRAFT || key === TARGET || key.startsWith(TEXT)) localStorage.removeItem(key);
  }
}

function show(texts) {
  const list = section.querySelector('.unsent-texts');
  for (const text of texts) {
    const field = document.createElement('textarea');
    field.readOnly = true;
    field.dir = 'auto';
    field.rows = Math.min(text.split('\n').length, 6);
    field.value = text;
    field.setAttribute('aria-label', list.dataset.label);
    list.append(field);
  }
  // Pages on plain http have no clipboard; the texts can be selected.
  copy.hidden = !navigator.clipboard;
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(texts.join('\n\n'));
    copy.textContent = copy.dataset.copied;
  });
  discard.addEventListener('click', () => {
    forget();
    section.hidden = true;
  });
  section.hidden = false;
}

try {
  const texts = stored();
  if (why !== 'door') forget();
  if (why !== 'barred' && texts.length) show(texts);
} catch {
  // Where nothing can be stored, nothing waits.
}
