// Finds out which data the code of a module can reach, and leaves out the rest (docs/decisions/0059).
//
// The linker puts texts, tables and the like one after the other into memory, and nobody can tell from the linked module alone where one
// of them ends and which of them names another. With --emit-relocs it also writes that down: the symbols of data with their addresses,
// and every place that has the address of one.

const { Module, Reader } = require('./wasm.js');

/** The ids of the subsections of the section "linking", and the kinds of symbols. */
const [SEGMENTS, SYMBOLS] = [5, 8];
const [DATA_SYMBOL, SECTION_SYMBOL] = [1, 3];
/** Flags of symbols. */
const [UNDEFINED, NAMED, ABSOLUTE] = [0x10, 0x40, 0x200];
/** The types of relocations that are the address of data: in an instruction (in two encodings) and in other data. */
const [ADDRESS_LEB, ADDRESS_SLEB, ADDRESS_I32] = [3, 4, 5];
/** The types that are none, and have no addend: places in tables, and the numbers of functions, types, globals and tables. */
const NO_ADDRESSES = new Set([0, 1, 2, 6, 7, 20]);
/** Data that never changes is in segments with names like this. */
const CONSTANT = /^\.rodata/;

/** The data of a linked module in pieces, as its symbols say. */
class Pieces {
  constructor(bytes) {
    this.module = new Module(bytes);
    this.segments = this.module.dataSegments();
    [this.start, this.end] = [this.segments[0].address, Math.max(...this.segments.map(({ address, bytes }) => address + bytes.length))];
    const symbols = this.#symbols();
    /** For each address the piece that has it. */
    this.owners = new Array(this.end - this.start);
    for (const piece of inPieces(symbols)) this.owners.fill(piece, piece.address - this.start, piece.end - this.start);
    this.image = Buffer.alloc(this.end - this.start);
    for (const { address, bytes } of this.segments) {
      bytes.copy(this.image, address - this.start);
      const isStray = bytes.some((byte, n) => byte !== 0 && !this.at(address + n));
      if (isStray) throw new Error('the linker has put data into memory for which there is no symbol');
    }
    for (const { type, symbol, addend } of this.#relocations('reloc.CODE')) {
      if (type === ADDRESS_LEB || type === ADDRESS_SLEB) this.#name(symbols[symbol], addend);
    }
    for (const { type, symbol, addend, offset } of this.#relocations('reloc.DATA')) {
      const named = type === ADDRESS_I32 && this.#name(symbols[symbol], addend);
      if (named) this.at(this.#addressOf(offset)).names.push(named);
    }
  }

  at(address) {
    return this.owners[address - this.start];
  }

  /** The piece of a symbol, of which something has an address so far from its beginning. Undefined if that is no data here. */
  #name(symbol, addend) {
    const piece = symbol && this.at(symbol.address);
    if (piece && (addend < 0 || addend >= symbol.size)) piece.isOdd = true;
    return piece;
  }

  /**
   * The pieces that this code, or other pieces that it reaches, have an address of. Every number in the code counts that could be an
   * address, even if it is none: an optimizer may have moved it from one function to another, or have put two into one of 64 bits.
   * `also` are further pieces that are reached.
   */
  reached(code, also = []) {
    const reached = new Set();
    const add = (piece) => {
      if (!piece || reached.has(piece)) return;
      reached.add(piece);
      piece.names.forEach(add);
    };
    also.forEach(add);
    for (const reader = new Reader(code); !reader.isAtEnd; reader.at++) {
      for (const number of reader.halvesHere()) {
        if (number >= this.start && number < this.end) add(this.at(number));
      }
    }
    return reached;
  }

  /**
   * The pieces that have to be in memory at any time: those that change, and those of which something has an address before their
   * beginning or from their end on, because it looks like an address of another piece.
   */
  get always() {
    return new Set(this.owners.filter((piece) => piece && (!piece.isConstant || piece.isOdd)));
  }

  #symbols() {
    const reader = this.module.customSection('linking');
    reader.number();
    let [symbols, names] = [[], []];
    while (!reader.isAtEnd) {
      const [id, part] = [reader.byte(), new Reader(reader.take(reader.number()))];
      const read = (item) => Array.from({ length: part.number() }, item);
      if (id === SEGMENTS) names = read(() => [part.text(), part.number(), part.number()][0]);
      if (id === SYMBOLS) symbols = read(() => this.#symbol(part));
    }
    return symbols.map((symbol) => symbol && { ...symbol, isConstant: CONSTANT.test(names[symbol.segment]) });
  }

  /** Reads a symbol, and returns it if it is that of data. */
  #symbol(reader) {
    const [kind, flags] = [reader.byte(), reader.number()];
    if (kind === SECTION_SYMBOL) return void reader.number();
    if (kind !== DATA_SYMBOL) {
      reader.number();
      if (!(flags & UNDEFINED) || flags & NAMED) reader.text();
      return undefined;
    }
    reader.text();
    if (flags & UNDEFINED) return undefined;
    const [segment, offset, size] = [reader.number(), reader.number(), reader.number()];
    if (flags & ABSOLUTE || !this.segments[segment]) return undefined;
    return { segment, address: this.segments[segment].address + offset, size };
  }

  #relocations(section) {
    const reader = this.module.customSection(section);
    reader.number();
    return Array.from({ length: reader.number() }, () => {
      const [type, offset, symbol] = [reader.byte(), reader.number(), reader.number()];
      if (NO_ADDRESSES.has(type)) return { type, offset, symbol };
      if (![ADDRESS_LEB, ADDRESS_SLEB, ADDRESS_I32].includes(type)) throw new Error(`the linker wrote a relocation of the unknown type ${type}`);
      return { type, offset, symbol, addend: reader.signed() };
    });
  }

  /** The address of the byte with this place in the section of data. */
  #addressOf(offset) {
    const { address, at } = this.segments.findLast(({ at }) => at <= offset);
    return address + offset - at;
  }
}

/** Makes pieces of symbols. Those that have bytes in common are one piece. */
function inPieces(symbols) {
  const pieces = [];
  const inOrder = symbols.filter((symbol) => symbol?.size > 0).sort((one, other) => one.address - other.address);
  for (const { address, size, isConstant } of inOrder) {
    const last = pieces.at(-1);
    if (last && address < last.end) {
      last.end = Math.max(last.end, address + size);
      last.isConstant &&= isConstant;
    } else pieces.push({ address, end: address + size, isConstant, names: [], isOdd: false });
  }
  return pieces;
}

/**
 * Leaves in a module only the data that its code can reach. If there is a deferred part, it gets what only that part reaches, and puts
 * it into the memory when it is loaded. `linked` is what the linker wrote.
 */
function divideData(linked, first, deferred) {
  const pieces = new Pieces(linked);
  const segments = first.dataSegments();
  // (Some bytes are blank now.)
  const isSame = segments.every(({ address, bytes }) => bytes.every((byte, n) => byte === 0 || byte === pieces.image[address - pieces.start + n]));
  if (!isSame) throw new Error('this module has other data than the one that was linked');
  const needed = pieces.reached(first.code, pieces.always);
  const later = deferred && pieces.reached(deferred.code);
  const isNeeded = (address) => needed.has(pieces.at(address));
  first.setData(segments, isNeeded);
  deferred?.setData(segments, (address) => later.has(pieces.at(address)) && !isNeeded(address), (address) => !isNeeded(address));
}

module.exports = { divideData };
