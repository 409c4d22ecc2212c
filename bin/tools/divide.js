// Divides a module into the functions that a page needs at first and those that it needs later (docs/decisions/0057).
//
// Both parts begin as copies of the module in which all functions keep their places. In each part the functions of the other are
// replaced by calls through the table, which both share; wasm-opt then drops what is not called. A call of a deferred function first
// makes sure that the deferred part is there: it calls `completeNow`, which frontend/src/lib.rs imports.

const { createHash } = require('node:crypto');

const { Module } = require('./wasm.js');

/** The name by which the deferred part knows the first, and the names of what it imports from there. */
const FIRST = 'first';
const NAMES = { memory: 'memory', tables: ['functions', 'references'], stack: 'stack' };

/**
 * Functions that are never deferred, because values decide whether they are called: those of the standard library that format numbers
 * and read texts (some times of day need no zero before a digit), apart from those that only messages for developers need, and those
 * of hash tables (some keys collide).
 */
const OF_VALUES = [
  /^(?!.*\b(Debug|builders|debug_\w+)\b)(?!.*\b(?!core|alloc)\w+\[\w+\]).*\b(core|alloc)\[\w+\]::(char|fmt|num|str|string)::/,
  /^<(hashbrown|indexmap)\[\w+\]::/,
];

/**
 * Stands for a function's name in lists. Hashes of crates differ between machines, and the numbers that tell functions of one name apart
 * between builds, so both are left out.
 */
function mark(name) {
  return createHash('sha256').update(name.replace(/\[\w+\]|\.\d+$/g, '')).digest('hex').slice(0, 8);
}

/**
 * Divides a module with the names of its functions. `marks` are those of the deferred functions. `prune` drops from a module what is
 * not used. Returns both parts.
 */
function divide(bytes, marks, prune) {
  const whole = new Module(bytes);
  const names = whole.ownNames();
  const imported = whole.importedFunctions();
  const completeNow = whole.importedFunction(/completeNow/);
  // What the script calls has to be there at any time.
  const exported = whole.exportedFunctions();
  const isDeferred = names.map((name, n) => marks.has(mark(name)) && !OF_VALUES.some((ofValues) => ofValues.test(name)) && !exported.has(imported + n));
  // Functions that are in the table already are called there, and others get a place behind.
  const elements = whole.elements();
  const places = new Map(elements.map(([place, index]) => [index - imported, place]));
  const used = Math.max(0, ...places.values()) + 1;
  const choose = (isChosen) => names.flatMap((_, n) => (isChosen(n) && !elements.some(([, index]) => index === imported + n) ? [n] : []));

  /** Makes both parts, in which these functions have places of their own in the table. */
  function parts(forFirst, forDeferred) {
    const added = [...forDeferred, ...forFirst];
    added.forEach((n, order) => places.set(n, used + order));
    const pairs = (functions) => functions.map((n) => [places.get(n), imported + n]);
    const placeOf = (n) => places.get(n) ?? 0;

    const first = new Module(bytes);
    const toDeferred = first.forwarding(placeOf, completeNow);
    first.share(used + added.length, NAMES);
    first.changeBodies((body, n) => (isDeferred[n] ? toDeferred[n] : body));
    first.setElements([...elements, ...pairs(forDeferred)]);

    const deferred = new Module(bytes);
    const toFirst = deferred.forwarding(placeOf);
    deferred.borrow(FIRST, NAMES);
    deferred.changeBodies((body, n) => (isDeferred[n] ? body : toFirst[n]));
    deferred.setElements([...elements.filter(([, index]) => isDeferred[index - imported]), ...pairs(forFirst)]);
    return { first: first.toBytes(), deferred: deferred.toBytes() };
  }

  const left = (part) => new Set(new Module(prune(part)).ownNames());

  // What only deferred functions call is deferred, too.
  const reached = left(parts([], []).first);
  names.forEach((name, n) => (isDeferred[n] ||= !reached.has(name)));

  // At first every function has a place, because only a look at what is left shows which ones are called from the other part.
  const all = parts(choose((n) => isDeferred[n]), choose((n) => !isDeferred[n]));
  const [leftInFirst, leftInDeferred] = [left(all.first), left(all.deferred)];
  return parts(
    choose((n) => isDeferred[n] && leftInFirst.has(names[n])),
    choose((n) => !isDeferred[n] && leftInDeferred.has(names[n])),
  );
}

/**
 * What the script of a divided module needs besides. `complete` loads the deferred part from the path that `defer` was given, and
 * `stop` makes every later call do nothing. When a deferred function is called before that, everything waits until the deferred part
 * has been loaded; if it cannot be loaded, the callback that `defer` was given is called. When the browser frees objects, the
 * functions that drop what belongs to them may be deferred, but need not be called at once.
 */
function withParts(script) {
  return `${script
    .replace(/new FinalizationRegistry\((\w+) => (.+?)\)(?=;$)/gm, 'new FinalizationRegistry($1 => whole.then(() => $2))')
    .replace('window.completeNow()', 'completeNow()')}
let deferredPath, failed, completed;
let isComplete = false;
const whole = new Promise((resolve) => (completed = resolve));

export function defer(path, failure) {
    deferredPath = path;
    failed = failure;
}

function importsOfDeferred() {
    return { ...__wbg_get_imports(), ${FIRST}: wasm };
}

async function loadDeferred() {
    const response = await fetch(deferredPath);
    if (!isComplete) await __wbg_load(response, importsOfDeferred());
    isComplete = true;
    completed();
}

export const complete = () => Promise.race([loadDeferred(), whole]);

function completeNow() {
    if (isComplete) return;
    try {
        const request = new XMLHttpRequest();
        request.open('GET', deferredPath, false);
        // Only so can a request for which everything waits bring bytes.
        request.overrideMimeType('text/plain; charset=x-user-defined');
        request.send();
        if (request.status !== 200) throw new Error(String(request.status));
        const bytes = Uint8Array.from(request.responseText, (character) => character.charCodeAt(0));
        new WebAssembly.Instance(new WebAssembly.Module(bytes), importsOfDeferred());
    } catch (error) {
        failed();
        throw error;
    }
    isComplete = true;
    completed();
}

export function stop() {
    // Some calls return a pair.
    wasm = new Proxy({}, { get: () => () => [] });
}
`;
}

/**
 * Makes a module remember which of its functions were called. Its script gets a function \`calls\` for it, which returns pairs of a
 * mark and whether a function with this mark was called.
 */
function profile(module, script) {
  const marks = module.ownNames().map(mark);
  const address = module.markCalls();
  return `${script}
globalThis.calls = () => {
    const called = new Uint8Array(wasm.memory.buffer, ${address}, ${marks.length});
    return ${JSON.stringify(marks.join(' '))}.split(' ').map((mark, index) => [mark, called[index] !== 0]);
};

export function defer() {}

// Nothing is held back here, unless bin/profile wants to see what a page does until the rest is there.
export const complete = () => new Promise((resolve) => sessionStorage.getItem('gifchat.held') || resolve());
`;
}

module.exports = { divide, profile, withParts };
