// Puts the functions of a module into an order in which similar ones are neighbours, since brotli then writes them shorter
// (docs/decisions/0059).

/** How many bytes are compared at a time. */
const SHINGLE = 4;
/** Bytes that more functions have in common say nothing about how similar two of them are. */
const MOST_SHARED = 60;
/** Makes small functions that have a little in common count less than large ones that have much. */
const SMALL = 20;

/** The places of these bodies in an order in which each is followed by the one most like it that is left. */
function bySimilarity(bodies) {
  const shingles = bodies.map(shinglesOf);
  const having = new Map();
  shingles.forEach((set, n) => {
    for (const shingle of set) {
      if (having.has(shingle)) having.get(shingle).push(n);
      else having.set(shingle, [n]);
    }
  });
  const order = [];
  const left = new Set(bodies.keys());
  let current = left.values().next().value;
  while (current !== undefined) {
    left.delete(current);
    order.push(current);
    current = mostSimilar(current) ?? left.values().next().value;
  }
  return order;

  function mostSimilar(to) {
    const shared = new Map();
    for (const shingle of shingles[to]) {
      const others = having.get(shingle);
      if (others.length > MOST_SHARED) continue;
      for (const n of others) if (left.has(n)) shared.set(n, (shared.get(n) ?? 0) + 1 / others.length);
    }
    let [best, most] = [undefined, 0];
    for (const [n, sum] of shared) {
      const similarity = sum / Math.sqrt(shingles[n].size + SMALL);
      if (similarity > most) [best, most] = [n, similarity];
    }
    return best;
  }
}

function shinglesOf(bytes) {
  const set = new Set();
  for (let at = 0; at + SHINGLE <= bytes.length; at++) set.add(bytes.readUInt32LE(at));
  return set;
}

/**
 * Names the functions of a module so that the order of their names is the one in which they should be. wasm-opt has put those first
 * that are called most often, so that calls have small numbers; each half stays together, and most of that is kept.
 */
function nameByOrder(module) {
  const bodies = module.bodies();
  const half = Math.floor(bodies.length / 2);
  const order = [...bySimilarity(bodies.slice(0, half)), ...bySimilarity(bodies.slice(half)).map((place) => half + place)];
  const names = [];
  order.forEach((place, n) => (names[place] = String(n).padStart(6, '0')));
  module.nameOwn(names);
}

module.exports = { nameByOrder };
