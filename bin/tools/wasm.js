// Reads and writes the parts of the WebAssembly binary format that are needed to drop exports, to replace function bodies, to rename
// imports and exports, and to divide a module (divide.js).

/** The ids of sections. */
const [CUSTOM, TYPES, IMPORTS, FUNCTIONS, TABLES, MEMORIES, GLOBALS, EXPORTS, ELEMENTS, CODE, DATA, DATA_COUNT] = [
  0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12,
];
/** The kinds of imports and exports. */
const [FUNCTION, TABLE, MEMORY, GLOBAL] = [0, 1, 2, 3];
/** The type of a value, the form of a function's type, and that of a variable that changes. */
const [I32, FUNCTION_TYPE, MUTABLE] = [0x7f, 0x60, 0x01];
/** The instructions that are written. */
const [END, CALL, CALL_INDIRECT, LOCAL_GET, I32_STORE8, I32_CONST] = [0x0b, 0x10, 0x11, 0x20, 0x3a, 0x41];
/** The id of the subsection of the section "name" that has the names of functions. */
const OF_FUNCTIONS = 1;
/** A body without local variables that traps: their number, `unreachable`, `end`. */
const TRAP = Buffer.from([0x00, 0x00, END]);
const PAGE_BYTES = 65536;
/** Fewer zeros than this cost less, once compressed, than another segment of data. */
const LEAST_GAP = 48;

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

  /** The lower and the upper half (32 bits each) of the number that begins here, without going on to what follows it. */
  halvesHere() {
    let [low, high] = [0, 0];
    for (let at = this.at, shift = 0; shift < 64; at++, shift += 7) {
      const bits = this.bytes[at] & 127;
      if (shift < 32) low |= bits << shift;
      if (shift >= 32) high |= bits << (shift - 32);
      else if (shift > 25) high |= bits >>> (32 - shift);
      if (!(this.bytes[at] & 128)) break;
    }
    return [low >>> 0, high >>> 0];
  }

  signed() {
    for (let value = 0, factor = 1; ; ) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      factor *= 128;
      if (byte < 128) return byte & 64 ? value - factor : value;
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

/** The instruction that puts a number that is not negative on the stack. Its last byte must not look like a sign. */
function constant(value) {
  const bytes = [...written(value)];
  if (bytes.at(-1) & 64) {
    bytes[bytes.length - 1] |= 128;
    bytes.push(0);
  }
  return Buffer.from([I32_CONST, ...bytes]);
}

const counted = (bytes) => Buffer.concat([written(bytes.length), bytes]);
const writtenText = (value) => counted(Buffer.from(value));
const list = (items) => Buffer.concat([written(items.length), ...items]);

/** A module as its sections. Before it is divided, it imports only functions: wasm-bindgen imports nothing else. */
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

  /** Renames imported functions (also the modules that they are from), and returns the names that they had. */
  renameImports(rename) {
    const names = [];
    this.#change(IMPORTS, (reader) => {
      const [from, name, kind] = [reader.text(), reader.text(), reader.byte()];
      const type = importType(reader, kind);
      if (kind !== FUNCTION) return Buffer.concat([writtenText(from), writtenText(name), Buffer.from([kind]), type]);
      names.push(from, name);
      return Buffer.concat([writtenText(rename(from)), writtenText(rename(name)), Buffer.from([kind]), type]);
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

  /** How many functions are imported. In the order of all functions they come before the module's own. */
  importedFunctions() {
    return this.renameImports((name) => name).length / 2;
  }

  /** The functions that are exported, by their places in the order of all functions. */
  exportedFunctions() {
    const all = this.#items(EXPORTS, (reader) => [reader.text(), reader.byte(), reader.number()]);
    return new Set(all.filter(([, kind]) => kind === FUNCTION).map(([, , index]) => index));
  }

  /** The names of the module's own functions, in their order. */
  ownNames() {
    const [imported, names] = [this.importedFunctions(), this.functionNames()];
    return this.#items(FUNCTIONS, (reader) => reader.number()).map((_, index) => names.get(imported + index) ?? '');
  }

  /** Replaces the bodies of the module's own functions by what `change` returns for each, given its place among them. */
  changeBodies(change) {
    this.#change(CODE, (reader, index) => counted(change(reader.take(reader.number()), index)));
  }

  /** Replaces the bodies of some functions by a trap: those for whose names `isChosen` returns true. */
  trapIn(isChosen) {
    const names = this.ownNames();
    this.changeBodies((body, index) => (isChosen(names[index]) ? TRAP : body));
  }

  /** The place of an imported function in the order of all functions, by its name. */
  importedFunction(pattern) {
    const names = this.renameImports((name) => name).filter((_, index) => index % 2 === 1);
    const place = names.findIndex((name) => pattern.test(name));
    if (place < 0) throw new Error(`no import has a name like ${pattern}`);
    return place;
  }

  /**
   * For each of the module's own functions a body that calls the function at this place of the table with the same arguments. If
   * `before` is given, it calls the function at that place in the order of all functions first.
   */
  forwarding(placeOf, before) {
    const parameters = this.#items(TYPES, (reader) => {
      if (reader.byte() !== FUNCTION_TYPE) throw new Error('a type is not that of a function');
      const count = reader.take(reader.number()).length;
      reader.take(reader.number());
      return count;
    });
    return this.#items(FUNCTIONS, (reader) => reader.number()).map((type, index) => {
      const values = Array.from({ length: parameters[type] }, (_, n) => Buffer.concat([Buffer.from([LOCAL_GET]), written(n)]));
      const first = before === undefined ? [] : [Buffer.from([CALL]), written(before)];
      const call = [Buffer.from([CALL_INDIRECT]), written(type), Buffer.from([0])];
      return Buffer.concat([written(0), ...first, ...values, constant(placeOf(index)), ...call, Buffer.from([END])]);
    });
  }

  /** Replaces the bytes of the module's data that match by zeros, which take almost nothing once compressed. */
  blankData(pattern) {
    const section = this.sections.find(({ id }) => id === DATA);
    const text = section.content.toString('latin1');
    section.content = Buffer.from(text.replace(pattern, (match) => '\0'.repeat(match.length)), 'latin1');
  }

  /** Makes every call of one of the module's own functions set a byte, and returns the address of the first of these bytes. */
  markCalls() {
    let address;
    this.#change(MEMORIES, (reader) => {
      const [flags, pages] = [reader.byte(), reader.number()];
      address = pages * PAGE_BYTES;
      const more = Math.ceil(this.ownNames().length / PAGE_BYTES);
      return Buffer.concat([Buffer.from([flags]), written(pages + more), flags & 1 ? written(reader.number()) : Buffer.alloc(0)]);
    });
    this.changeBodies((body, index) => {
      const reader = new Reader(body);
      for (let count = reader.number(); count > 0; count--) [reader.number(), reader.byte()];
      const mark = [constant(address + index), constant(1), Buffer.from([I32_STORE8, 0, 0])];
      return Buffer.concat([body.subarray(0, reader.at), ...mark, body.subarray(reader.at)]);
    });
    return address;
  }

  /** The bodies of the module's own functions, as they are written. */
  get code() {
    return this.sections.find(({ id }) => id === CODE).content;
  }

  bodies() {
    return this.#items(CODE, (reader) => reader.take(reader.number()));
  }

  /** Gives the module's own functions these names. All other names are lost. */
  nameOwn(names) {
    const imported = this.importedFunctions();
    const entries = list(names.map((name, n) => Buffer.concat([written(imported + n), writtenText(name)])));
    this.dropCustomSections(/^name$/);
    this.sections.push({ id: CUSTOM, content: Buffer.concat([writtenText('name'), Buffer.from([OF_FUNCTIONS]), counted(entries)]) });
  }

  /** A section that the format leaves to others, from behind its name on. */
  customSection(name) {
    for (const { content } of this.sections.filter(({ id }) => id === CUSTOM)) {
      const reader = new Reader(content);
      if (reader.text() === name) return new Reader(reader.bytes.subarray(reader.at));
    }
    throw new Error(`the module has no section ${name}`);
  }

  /** Drops the sections that the format leaves to others and whose names match. */
  dropCustomSections(pattern) {
    this.sections = this.sections.filter(({ id, content }) => id !== CUSTOM || !pattern.test(new Reader(content).text()));
  }

  /** The data: each segment has an address, its bytes, and where in the section these begin. */
  dataSegments() {
    return this.#items(DATA, (reader) => {
      if (reader.byte() !== 0 || reader.byte() !== I32_CONST) throw new Error('data has no fixed address');
      const address = reader.signed();
      if (reader.byte() !== END) throw new Error('the address of data is not simple');
      const bytes = reader.take(reader.number());
      return { address, bytes, at: reader.at - bytes.length };
    });
  }

  /**
   * Makes those bytes of these segments the module's data whose address `isChosen`. Short gaps between them are filled with zeros, but
   * only over addresses that are free: at others the memory may have something else already.
   */
  setData(segments, isChosen, isFree = () => true) {
    const runs = [];
    const add = (address, byte) => {
      const run = runs.at(-1);
      const gap = run ? Array.from({ length: Math.min(address - run.end, LEAST_GAP) }, (_, n) => run.end + n) : [];
      if (run && gap.length < LEAST_GAP && gap.every(isFree)) run.bytes.push(...gap.fill(0), byte);
      else runs.push({ address, bytes: [byte] });
      runs.at(-1).end = address + 1;
    };
    for (const { address, bytes } of segments) bytes.forEach((byte, n) => byte !== 0 && isChosen(address + n) && add(address + n, byte));
    const written = runs.map(({ address, bytes }) =>
      Buffer.concat([Buffer.from([0]), constant(address), Buffer.from([END]), counted(Buffer.from(bytes))]));
    this.sections = this.sections.filter(({ id }) => id !== DATA && id !== DATA_COUNT);
    const behind = this.sections.findIndex(({ id }) => id === CODE) + 1;
    if (runs.length > 0) this.sections.splice(behind, 0, { id: DATA, content: list(written) });
  }

  /** The table as pairs of a place and a function. */
  elements() {
    return this.#items(ELEMENTS, (reader) => {
      if (reader.byte() !== 0 || reader.byte() !== I32_CONST) throw new Error('the table is not filled by numbers');
      const first = reader.number();
      if (reader.byte() !== END) throw new Error('the table is not filled from one place');
      return Array.from({ length: reader.number() }, (_, n) => [first + n, reader.number()]);
    }).flat();
  }

  /** Fills the table with these pairs, which are in the order of their places, and nothing else. */
  setElements(pairs) {
    const runs = [];
    for (const [place, index] of pairs) {
      const run = runs.at(-1);
      if (run && run.first + run.functions.length === place) run.functions.push(index);
      else runs.push({ first: place, functions: [index] });
    }
    this.#set(ELEMENTS, list(runs.map(({ first, functions }) =>
      Buffer.concat([written(0), constant(first), Buffer.from([END]), list(functions.map(written))]))));
  }

  /**
   * Makes the first table this long, which is the one with functions, and exports what `borrow` imports: `names` has the names of
   * all tables and of the first global variable, which is the stack's pointer.
   */
  share(length, names) {
    let last = 0;
    this.#change(TABLES, (reader, index) => {
      const [type, flags, least] = [reader.byte(), reader.byte(), reader.number()];
      const most = flags & 1 ? written(reader.number()) : Buffer.alloc(0);
      last = index;
      const limits = index === 0 ? [1, ...written(length), ...written(length)] : [flags, ...written(least), ...most];
      return Buffer.from([type, ...limits]);
    });
    const add = (name, kind, index) => this.#append(EXPORTS, Buffer.concat([writtenText(name), Buffer.from([kind, index])]));
    for (let index = 0; index <= last; index++) add(names.tables[index], TABLE, index);
    add(names.stack, GLOBAL, 0);
  }

  /** Imports memory, tables and the first global variable from another instance instead of having them. Nothing is exported. */
  borrow(from, names) {
    const add = (name, type) => this.#append(IMPORTS, Buffer.concat([writtenText(from), writtenText(name), Buffer.from(type)]));
    add(names.memory, [MEMORY, 0, 0]);
    const types = this.#items(TABLES, (reader) => {
      const [type, flags] = [reader.byte(), reader.byte()];
      for (let count = flags & 1 ? 2 : 1; count > 0; count--) reader.number();
      return type;
    });
    types.forEach((type, index) => add(names.tables[index], [TABLE, type, 0, 0]));
    const globals = this.#items(GLOBALS, (reader) => {
      const start = reader.at;
      if (reader.byte() !== I32) throw new Error('a global variable is not a number');
      reader.take(2);
      reader.number();
      if (reader.byte() !== END) throw new Error('the value of a global variable is not simple');
      return reader.bytes.subarray(start, reader.at);
    });
    add(names.stack, [GLOBAL, I32, MUTABLE]);
    this.#set(GLOBALS, list(globals.slice(1)));
    this.sections = this.sections.filter(({ id }) => ![TABLES, MEMORIES, EXPORTS, DATA, DATA_COUNT].includes(id));
  }

  /** Reads the items of a section. */
  #items(id, read) {
    const items = [];
    for (const { content } of this.sections.filter((section) => section.id === id)) {
      const reader = new Reader(content);
      for (let count = reader.number(); count > 0; count--) items.push(read(reader));
    }
    return items;
  }

  #set(id, content) {
    this.sections.find((section) => section.id === id).content = content;
  }

  #append(id, item) {
    const section = this.sections.find((section) => section.id === id);
    const reader = new Reader(section.content);
    section.content = Buffer.concat([written(reader.number() + 1), section.content.subarray(reader.at), item]);
  }
}

/** The bytes that say of which type an import is. */
function importType(reader, kind) {
  const start = reader.at;
  if (kind === GLOBAL) reader.take(2);
  if (kind === TABLE) reader.byte();
  if (kind === FUNCTION) reader.number();
  if (kind === TABLE || kind === MEMORY) {
    const hasMost = reader.byte() & 1;
    reader.number();
    if (hasMost) reader.number();
  }
  return reader.bytes.subarray(start, reader.at);
}

module.exports = { Module, Reader };
