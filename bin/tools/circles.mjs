// Finds circles among the modules of our crates: siblings that use each other, directly or by way of others. A parent and its
// children may use each other, and tests may use everything. Prints each circle and fails if there is one.
//
//   node bin/tools/circles.mjs CRATE...      (the folders of crates)
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The code of a file without comments, texts, tests, and what only the documentation uses. */
function codeOf(file) {
  return readFileSync(file, 'utf8')
    .replace(/#\[cfg\(test\)\]\s*mod \w+ \{[^]*$/, '')
    .replace(/#\[cfg\((?:doc|test)\)\]\s*(?:pub )?(?:use|mod) [^;]*;/g, '')
    .replace(/\/\/[^\n]*|\br(#*)"[^]*?"\1|"(?:\\[^]|[^"\\])*"|'(?:\\[^']+|[^'\\])'/g, '');
}

/** The modules of a crate: from their paths ("store/mongo") to their code. */
function modulesOf(crate) {
  const modules = new Map();
  for (const entry of readdirSync(path.join(crate, 'src'), { recursive: true })) {
    const name = entry.replace(/(?:\/mod)?\.rs$/, '');
    if (name === entry || /(?:^|\/)(?:tests|cases)(?:\/|$)/.test(name)) continue;
    modules.set(/^(?:lib|main)$/.test(name) ? '' : name, codeOf(path.join(crate, 'src', entry)));
  }
  return modules;
}

/** The paths that a use declaration names: `a::{b, c::d}` gives a/b and a/c/d. */
function expanded(tree) {
  const open = tree.indexOf('{');
  if (open < 0) return [tree.trim().replace(/ as .*/, '').replaceAll('::', '/')];
  const parts = [];
  let [depth, start] = [0, open + 1];
  for (let at = open; at < tree.length; at++) {
    if (tree[at] === '{') depth++;
    if (tree[at] === '}') depth--;
    if ((tree[at] === ',' && depth === 1) || (tree[at] === '}' && depth === 0)) {
      parts.push(tree.slice(start, at));
      start = at + 1;
    }
  }
  const before = tree.slice(0, open).trim().replaceAll('::', '/');
  return parts.filter((part) => part.trim()).flatMap(expanded).map((part) => before + part);
}

/** The modules that a module names by `crate::` or `super::`. */
function usedBy(name, modules) {
  const code = modules.get(name);
  const declared = [...code.matchAll(/\buse ((?:crate|super)::[^;]*);/g)].flatMap((match) => expanded(match[1]));
  const written = [...code.matchAll(/\b((?:crate|super)(?:::\w+)+)/g)].map((match) => match[1].replaceAll('::', '/'));
  const used = new Set();
  for (const where of [...declared, ...written]) {
    let parts = where.split('/');
    let base = parts[0] === 'crate' ? [] : name.split('/');
    if (parts[0] === 'crate') parts = parts.slice(1);
    while (parts[0] === 'super') [base, parts] = [base.slice(0, -1), parts.slice(1)];
    parts = [...base, ...parts];
    while (parts.length > 0 && !modules.has(parts.join('/'))) parts.pop();
    used.add(parts.join('/'));
  }
  return used;
}

/** For each folder of modules, which of its modules use which others. */
function siblings(modules) {
  const folders = new Map();
  for (const name of modules.keys()) {
    for (const other of usedBy(name, modules)) {
      const [from, to] = [name.split('/'), other.split('/')];
      let common = 0;
      while (common < from.length && from[common] === to[common]) common++;
      if (common === from.length || common === to.length || name === '' || other === '') continue;
      const folder = from.slice(0, common).join('/');
      if (!folders.has(folder)) folders.set(folder, new Map());
      const uses = folders.get(folder);
      if (!uses.has(from[common])) uses.set(from[common], new Set());
      uses.get(from[common]).add(to[common]);
    }
  }
  return folders;
}

function reached(uses, start) {
  const [seen, next] = [new Set(), [start]];
  while (next.length > 0) {
    for (const other of uses.get(next.pop()) ?? []) {
      if (!seen.has(other)) next.push(other);
      seen.add(other);
    }
  }
  return seen;
}

let circles = 0;
for (const crate of process.argv.slice(2)) {
  for (const [folder, uses] of siblings(modulesOf(crate))) {
    const inCircles = [...uses.keys()].filter((name) => reached(uses, name).has(name)).sort();
    for (const name of inCircles) {
      const others = [...uses.get(name)].filter((other) => reached(uses, other).has(name));
      console.error(`${crate}: ${path.join(folder, name)} uses ${others.join(', ')}, and they use it`);
      circles++;
    }
  }
}
process.exitCode = circles === 0 ? 0 : 1;
