// Reads and writes the parts of the WebAssembly binary format that are needed to drop exports, to replace function bodies, and to
// rename imports and exports.

const [CUSTOM, IMPORTS, EXPORTS, CODE, FUNCTION] = [0, 2, 7, 10, 0];
/** The id of the subsection of the section "name" that has the names of functions. */
const OF_FUNCTIONS = 1;
/** A body without local variables that traps: their number, `unreachable`, `end`. */
const TRAP = Buffer.from([0x00, 0x00, 0x0b]);

/** Reads numbers (LEB128), texts and bytes one after the other. */
class Reader {
  at = 0;

  constructor(bytes) {
    this.bytes = bytes;
  }

  get isAtEnd() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return this.bytes[this.at++];
  }

  number() {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  take(length) {
    return this.bytes.subarray(this.at, (this.at += length));
  }

  text() {
    return this.take(this.number()).toString('utf8');
  }
}

function written(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}

const counted = (bytes) => Buffer.concat([written(bytes.length), bytes]);
const writtenText = (value) => counted(Buffer.from(value));
const list = (items) => Buffer.concat([written(items.length), ...items]);

/** A module as its sections. Only imported functions are understood: wasm-bindgen imports nothing else. */
class Module {
  constructor(bytes) {
    const reader = new Reader(bytes);
    this.head = reader.take(8);
    this.sections = [];
    while (!reader.isAtEnd) this.sections.push({ id: reader.byte(), content: reader.take(reader.number()) });
  }

  toBytes() {
    return Buffer.concat([this.head, ...this.sections.flatMap(({ id, content }) => [Buffer.from([id]), counted(content)])]);
  }

  /** Changes the items of a section: `change` reads an item, and returns its new bytes, or undefined to drop it. */
  #change(id, change) {
    for (const section of this.sections.filter((section) => section.id === id)) {
      const reader = new Reader(section.content);
      const items = Array.from({ length: reader.number() }, (_, index) => change(reader, index));
      section.content = list(items.filter((item) => item !== undefined));
    }
  }

  /** Renames imports (also the modules that they are from), and returns the names that they had. */
  renameImports(rename) {
    const names = [];
    this.#change(IMPORTS, (reader) => {
      const [from, name, kind] = [reader.text(), reader.text(), reader.byte()];
      if (kind !== FUNCTION) throw new Error(`the import ${name} is not a function`);
      names.push(from, name);
      return Buffer.concat([writtenText(rename(from)), writtenText(rename(name)), Buffer.from([kind]), written(reader.number())]);
    });
    return names;
  }

  /** Renames exports, and drops those whose new name is undefined. */
  renameExports(rename) {
    this.#change(EXPORTS, (reader) => {
      const [name, kind, index] = [rename(reader.text()), reader.byte(), reader.number()];
      return name === undefined ? undefined : Buffer.concat([writtenText(name), Buffer.from([kind]), written(index)]);
    });
  }

  /** The names of functions by their index, from the section "name". */
  functionNames() {
    const names = new Map();
    for (const { content } of this.sections.filter(({ id }) => id === CUSTOM)) {
      const reader = new Reader(content);
      if (reader.text() !== 'name') continue;
      while (!reader.isAtEnd) {
        const [part, entries] = [reader.byte(), new Reader(reader.take(reader.number()))];
        if (part !== OF_FUNCTIONS) continue;
        for (let count = entries.number(); count > 0; count--) names.set(entries.number(), entries.text());
      }
    }
    return names;
  }

  /** Replaces the bodies of some functions by a trap: those for whose names `isChosen` returns true. */
  trapIn(isChosen) {
    const imported = this.renameImports((name) => name).length / 2;
    const names = this.functionNames();
    this.#change(CODE, (reader, index) => {
      const body = reader.take(reader.number());
      return counted(isChosen(names.get(imported + index) ?? '') ? TRAP : body);
    });
  }
}

module.exports = { Module };
