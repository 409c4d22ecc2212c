// The worker that makes GIFs: it passes the page's messages to the WebAssembly, and the results back to the page. To cancel, the
// page terminates the worker. The server puts the constants JS and WASM, which are the URLs of these files, before this script.
//
// From the page: load, start, frame, make, decode. To the page: ready, took, progress, made, picture, decoded, error.
let made;
let maker;
let taken;

const CODES = ['too_many_frames', 'too_big', 'too_large', 'not_an_image'];

const tell = (type, fields, transfer) => postMessage({ type, ...fields }, transfer);

const does = {
  async load() {
    made = await import(JS);
    await made.default({ module_or_path: WASM });
    tell('ready');
  },

  start({ width, height, most }) {
    maker?.free();
    maker = undefined;
    taken = 0;
    maker = new made.Maker(width, height, most);
  },

  // After a refused start there is no maker, so its frames are ignored.
  frame({ rgba, millis }) {
    if (!maker) return;
    maker.add(new Uint8Array(rgba), millis);
    taken += 1;
    tell('took', { frames: taken });
  },

  make() {
    if (!maker) return;
    const gif = maker.make((done, of) => tell('progress', { done, of }));
    tell('made', gif, [gif.bytes]);
  },

  decode({ bytes }) {
    const frames = made.decode(new Uint8Array(bytes), (pixels, width, height, millis) => {
      const rgba = pixels.buffer;
      tell('picture', { rgba, width, height, millis }, [rgba]);
    });
    tell('decoded', { frames });
  },
};

// Each message waits until the one before it has been handled, because loading takes a while.
let last = Promise.resolve();
let isBroken = false;

onmessage = ({ data }) => {
  last = last.then(() => !isBroken && does[data.type](data)).catch((error) => fail(error, data.type));
};

// If the WebAssembly refuses its input, the error has a code. After any other error (loading failed, or memory ran out) this
// worker cannot be used any more.
function fail(error, type) {
  const isRefused = CODES.includes(error?.message);
  isBroken = !isRefused;
  tell('error', { code: isRefused ? error.message : type === 'load' ? 'load' : 'memory' });
}
