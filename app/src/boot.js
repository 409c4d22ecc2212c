// Starts the page's WebAssembly. If the page is not as the server wrote it, it is built anew in the browser. Without
// WebAssembly, the page takes the form that it has without scripts. (This file is in ECMAScript 5, because old browsers run it,
// too. A release minifies it; otherwise the server strips whole-line comments and indentation.)
(function (window, document) {
  var SLOW_AFTER_MILLIS = 20000;
  var SLOW = 'gifchat.slow';
  var HEALED = 'gifchat.healed';
  var HEAL_AGAIN_MILLIS = 2000;
  var CLAIM_MILLIS = 2000;
  var JUDGE_MILLIS = 5000;
  var COMPLETE_TRIES = 3;
  var AGAIN_MILLIS = 1000;
  var PRESSED_MILLIS = 5000;
  var LOOK_AGAIN_MILLIS = 50;
  var canRun = window.WebAssembly && 'noModule' in HTMLScriptElement.prototype;
  var added = [];
  var notice;
  var socket;
  var styled;
  // Whether the server could not be reached when functions were to be loaded.
  var isCutOff = false;

  function each(list, take, self) {
    Array.prototype.slice.call(list).forEach(take, self);
  }

  function root() {
    return document.getElementById('app');
  }

  function remove(node) {
    if (node.parentNode) node.parentNode.removeChild(node);
  }

  // Remembers for the next pages of this tab that the WebAssembly is slow, so that they do not show dead controls for as long.
  function remember(isSlow) {
    try {
      if (isSlow) sessionStorage.setItem(SLOW, '1');
      else sessionStorage.removeItem(SLOW);
    } catch (refused) {}
  }

  // Shows the content of the <noscript> elements, and a line that says why.
  function plain(why) {
    if (window.isLive || (notice && why === 'slow')) return;
    if (document.readyState === 'loading') {
      return document.addEventListener('DOMContentLoaded', function () {
        plain(why);
      });
    }
    if (!notice) {
      each(document.querySelectorAll('noscript'), function (noscript) {
        var box = document.createElement('div');
        box.innerHTML = noscript.textContent;
        // (The style sheet of pages without scripts shows this element, and a copy of it has only text.)
        noscript.style.display = 'none';
        each(box.childNodes, function (node) {
          added.push(noscript.parentNode.insertBefore(node, noscript));
        });
      });
      notice = document.createElement('p');
      notice.className = 'why-plain';
      notice.setAttribute('role', 'status');
      var main = document.querySelector('main');
      added.push(main.insertBefore(notice, main.firstChild));
    }
    notice.textContent = document.getElementById('boot').getAttribute('data-' + why);
    if (why === 'slow') remember(true);
  }

  // Undoes what `plain` has done.
  function removePlain() {
    added.forEach(remove);
    added = [];
    notice = null;
  }

  function hex(hash) {
    return ('0000000' + (hash >>> 0).toString(16)).slice(-8);
  }

  // Whether the page has the nodes that the server wrote. (written.rs computes the same numbers.)
  function isAsWritten() {
    var walker = document.createTreeWalker(root(), -1, null, false);
    var shape = 0;
    while (walker.nextNode()) shape = (shape * 31 + walker.currentNode.nodeName.length) | 0;
    return hex(shape) === root().getAttribute('data-shape');
  }

  // Puts the texts that the page shows into its data, which does not say them again (data.rs). Where these are not the words that the
  // server wrote, the data is requested. Returns whether that is so, or a promise of it.
  function readData() {
    var page = document.getElementById('page');
    var words = root().textContent;
    var places = /{"":\[(-?\d+),(\d+)]}/g;
    var hash = 0;
    var end = 0;
    each(words, function (unit) {
      hash = (hash * 31 + unit.charCodeAt()) | 0;
    });
    var isAltered = hex(hash) !== root().getAttribute('data-words');
    if (isAltered && places.test(page.textContent)) {
      return fetch(location.href, { headers: { accept: 'application/json' } }).then(function (answer) {
        return answer.text().then(function (data) {
          page.textContent = data;
          return true;
        });
      });
    }
    page.textContent = page.textContent.replace(places, function (place, gap, length) {
      var start = end + Number(gap);
      end = start + Number(length);
      return JSON.stringify(words.slice(start, end));
    });
    return isAltered;
  }

  // Replaces the page's elements by those that `make` adds, and keeps what was typed, the focus and the scroll position.
  function renew(make) {
    var old = Array.prototype.slice.call(root().childNodes);
    var focused = document.activeElement;
    var top = window.pageYOffset;
    var controls = 'a,button,textarea,input:not([type=hidden])';
    var before = Array.prototype.slice.call(root().querySelectorAll(controls));
    var selection = [];
    try {
      selection = [focused.selectionStart, focused.selectionEnd, focused.selectionDirection];
    } catch (none) {}
    make();
    old.forEach(remove);
    var after = Array.prototype.slice.call(root().querySelectorAll(controls));
    before.forEach(function (was, place) {
      // Fields are found by their names, because an altered page can have more or fewer links and buttons.
      var is = after.filter(function (control) {
        return was.name && was.type !== 'submit' && control.name === was.name;
      })[0];
      if (is && was.type === 'file') is.files = was.files;
      else if (is && is.value !== was.value) {
        is.value = was.value;
        is.dispatchEvent(new Event('input', { bubbles: true }));
      }
      is = is || after[place];
      if (was !== focused || !is) return;
      is.focus();
      if (typeof selection[0] === 'number') is.setSelectionRange(selection[0], selection[1], selection[2]);
    });
    window.scrollTo(0, top);
  }

  // Loads the style of what is opened later, if it is apart. Fulfilled when it is there, or when the first attempt has failed: nothing
  // that is pressed waits for further ones, because it is only how things look.
  function dress(tries) {
    var href = document.getElementById('boot').getAttribute('data-style');
    return new Promise(function (resolve) {
      if (!href) return resolve();
      var link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = href;
      link.onload = resolve;
      link.onerror = function () {
        remove(link);
        resolve();
        if (tries === COMPLETE_TRIES) return;
        reach(false)
          .then(function () {
            return wait(tries);
          })
          .then(function () {
            return dress(tries + 1);
          });
      };
      document.head.appendChild(link);
    });
  }

  // Fulfilled when the server can be reached, with whether it could not be at first.
  function reach(wasCutOff) {
    return fetch('/healthz', { cache: 'no-store' }).then(
      function () {
        isCutOff = false;
        return wasCutOff;
      },
      function () {
        isCutOff = true;
        return wait(1).then(function () {
          return reach(true);
        });
      }
    );
  }

  // Fulfilled when no part of the page is being pressed: where a button is replaced under a finger, the press does nothing. (What
  // seems to be pressed for longer than PRESSED_MILLIS was left so by a menu or by dragging.)
  function untouched() {
    var until = Date.now() + PRESSED_MILLIS;
    function look() {
      if (Date.now() > until || !root().querySelector(':active')) return;
      return new Promise(function (resolve) {
        setTimeout(resolve, LOOK_AGAIN_MILLIS);
      }).then(look);
    }
    return look();
  }

  function wait(times) {
    return new Promise(function (resolve) {
      setTimeout(resolve, times * AGAIN_MILLIS);
    });
  }

  function live() {
    window.isLive = true;
    if (window.whenLive) window.whenLive();
    styled = styled || dress(1);
    remember(false);
    try {
      sessionStorage.removeItem(HEALED);
    } catch (refused) {}
  }

  // Tells the page that all of its functions are there (`Site::is_whole`).
  function whole() {
    if (window.isWhole) return;
    window.isWhole = true;
    if (window.whenWhole) window.whenWhole();
  }

  // A broken service worker may have served files that do not start. If the server can be reached, the worker is unregistered,
  // and the page is loaded again without it, unless something was typed. `update` finds out whether the server can be reached,
  // because its request bypasses the worker. Meanwhile installed.js must not register a worker, because that would keep the
  // broken one. There are at most two attempts until a page has started.
  function heal() {
    try {
      var worker = navigator.serviceWorker;
      var tries = Number(sessionStorage.getItem(HEALED));
      if (!worker.controller || tries > 1) return;
      sessionStorage.setItem(HEALED, tries + 1);
      window.isHealing = true;
      worker
        .getRegistration()
        .then(function (registration) {
          return registration.update().then(function () {
            return registration.unregister();
          });
        })
        .then(function () {
          var fields = Array.prototype.slice.call(root().querySelectorAll('textarea,input:not([type=hidden])'));
          var isTyped = fields.some(function (field) {
            return field.value !== field.defaultValue;
          });
          if (!isTyped) location.reload();
        })
        .catch(function () {
          setTimeout(heal, HEAL_AGAIN_MILLIS);
        });
    } catch (refused) {}
  }

  // Claims, for as long as this page lives, those of these names (ids of pages that left texts unsent) that no other page holds.
  // So each text is sent by only one page. A request waits a moment, because the page before a reload may still hold its lock.
  // Without the Web Locks API a page claims all names, and the server recognizes the texts that it has already.
  window.claim = function (names) {
    var locks = navigator.locks;
    if (!locks) return names;
    function claimed(name) {
      return new Promise(function (resolve) {
        var giveUp = new AbortController();
        setTimeout(function () {
          giveUp.abort();
        }, CLAIM_MILLIS / 4);
        locks
          .request(name, { signal: giveUp.signal }, function () {
            resolve(name);
            return new Promise(function () {});
          })
          .catch(function () {
            resolve('');
          });
      });
    }
    // Pages claim one after the other. Otherwise two pages that load at the same time could divide texts that belong together.
    var all = locks.request('gifchat.claim', function () {
      return Promise.all(names.split(' ').map(claimed));
    });
    var late = new Promise(function (resolve) {
      setTimeout(resolve, CLAIM_MILLIS, [names]);
    });
    return Promise.race([all, late]).then(
      function (taken) {
        return taken.join(' ');
      },
      function () {
        return names;
      }
    );
  };

  // This event comes only once, perhaps before the script of the install button (public/installed.js), so it is stored.
  window.addEventListener('beforeinstallprompt', function (event) {
    event.preventDefault();
    window.installPrompt = event;
    document.documentElement.classList.add('installable');
  });

  // Makes what is pressed wait until the returned function is called, or for SLOW_AFTER_MILLIS if the server can be reached. Most of
  // it needs functions, or parts of the page, that are not there yet. (Forms are sent by pressing their buttons, also when Enter is
  // pressed in a field.) Typing and links work meanwhile.
  function holdPresses() {
    var types = ['click', 'keydown'];
    var held = [];
    function hold(event) {
      var target = event.target;
      var sends = event.key === 'Enter' && !event.shiftKey && !event.isComposing && target.nodeName === 'TEXTAREA';
      if (event.type === 'keydown' && !sends) return;
      if (event.type === 'click' && target.closest && target.closest('a[href]')) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      held.push(event);
    }
    function release() {
      clearInterval(waiting);
      types.forEach(function (type) {
        window.removeEventListener(type, hold, true);
      });
      held.splice(0).forEach(function (event) {
        event.target.dispatchEvent(new event.constructor(event.type, event));
      });
    }
    types.forEach(function (type) {
      window.addEventListener(type, hold, true);
    });
    var waiting = setInterval(function () {
      if (isCutOff) return;
      whole();
      setTimeout(release);
    }, SLOW_AFTER_MILLIS);
    return release;
  }

  // The functions of a WASM that is not divided are all there.
  window.completeNow = function () {};

  // `load` imports the module; modules from different fragments are different instances. If there is a `deferred` WASM, it has
  // the functions that a page does not need at first. In a room, `loadJudge` imports the module that checks GIFs, and `loadPanel`
  // that of the panel of GIFs.
  window.boot = function (load, wasm, deferred, loadJudge, judgeWasm, loadPanel, panelWasm) {
    var isTouched = false;
    var dismissed;
    var release;

    // Resolves to the error of a GIF as JSON, or to the hash that it will have. Resolves to nothing if the check takes longer
    // than JUDGE_MILLIS, because the server checks the GIF anyway.
    window.judge = function (bytes, most) {
      var late = new Promise(function (resolve) {
        setTimeout(resolve, JUDGE_MILLIS);
      });
      var judged = loadJudge().then(function (module) {
        return module.default({ module_or_path: judgeWasm }).then(function () {
          return module.judge(new Uint8Array(bytes), most);
        });
      });
      return Promise.race([judged, late]);
    };

    // Resolves to the module of the panel of GIFs once it runs. A retry imports it with another fragment, because browsers
    // remember a module that failed to load.
    window.panel = function (tries) {
      var late = new Promise(function (resolve, reject) {
        setTimeout(reject, SLOW_AFTER_MILLIS);
      });
      var started = loadPanel(tries ? '#' + tries : '').then(function (module) {
        return module.default({ module_or_path: panelWasm }).then(module.dress).then(function () {
          return module;
        });
      });
      return Promise.race([started, late]);
    };

    // An instance that failed may have said hello already.
    function hangUp() {
      if (socket) socket.close();
    }

    function instantiate(fragment) {
      return load(fragment).then(function (module) {
        return module.default({ module_or_path: wasm }).then(function () {
          if (deferred) {
            module.defer(deferred, function () {
              setTimeout(dismiss, 0, module);
            });
          }
          return module;
        });
      });
    }

    // An instance that fails here cannot be used any more, so the microtasks that it has queued by then must not run.
    function start(module, anew) {
      var queue = window.queueMicrotask;
      var planned = [];
      window.queueMicrotask = function (task) {
        planned.push(task);
      };
      try {
        if (!module.start(anew)) throw Error('no state');
      } finally {
        window.queueMicrotask = queue;
      }
      planned.forEach(function (task) {
        queue.call(window, task);
      });
    }

    // Fulfilled when this module has its deferred functions, too. Tries in which the server could not be reached do not count.
    function complete(module, tries) {
      if (!deferred) return Promise.resolve();
      return module.complete().catch(function (failed) {
        return reach(false).then(function (wasCutOff) {
          if (wasCutOff) return complete(module, tries);
          if (tries === COMPLETE_TRIES) throw failed;
          return wait(tries).then(function () {
            return complete(module, tries + 1);
          });
        });
      });
    }

    // (The module could load what it lacks by itself, but nothing else could happen meanwhile.)
    function makeAnew(module) {
      return complete(module, 1).then(untouched).then(function () {
        renew(function () {
          start(module, true);
        });
        live();
        whole();
      });
    }

    function hydrate(module) {
      try {
        start(module, false);
      } catch (failed) {
        isTouched = true;
        hangUp();
        return instantiate('#anew').then(makeAnew);
      }
      live();
      if (!deferred) return whole();
      release = holdPresses();
      complete(module, 1)
        .then(function () {
          return styled;
        })
        .then(
          function () {
            whole();
            setTimeout(release);
          },
          function () {
            dismiss(module);
          }
        );
    }

    // Ends an instance that lacks functions which cannot be loaded. If that was because of the network, the page is made anew once
    // they can be.
    function dismiss(module) {
      // (An instance that fails before the page is live is replaced by `hydrate`.)
      if (!window.isLive || dismissed === module) return;
      dismissed = module;
      module.stop();
      window.isLive = false;
      isTouched = true;
      giveUp();
      release();
      reach(false)
        .then(function () {
          return instantiate('#later');
        })
        .then(function (another) {
          return complete(another, 1).then(function () {
            removePlain();
            return makeAnew(another);
          });
        })
        .catch(function () {});
    }

    // The elements of a failed instance are replaced by copies without listeners, so that forms are sent as plain forms.
    function giveUp() {
      if (isTouched) {
        renew(function () {
          each(root().childNodes, function (node) {
            root().appendChild(node.cloneNode(true));
          });
        });
      }
      hangUp();
      plain('failed');
      heal();
    }

    if (!canRun) return;
    setTimeout(plain, SLOW_AFTER_MILLIS, 'slow');
    Promise.all([instantiate(''), Promise.resolve().then(readData)])
      .then(function (both) {
        removePlain();
        return both[1] || !isAsWritten() ? makeAnew(both[0]) : hydrate(both[0]);
      })
      .catch(giveUp);
  };

  // The page's socket (live/socket.rs) is opened while the WebAssembly is on its way, so that nobody waits for it afterwards.
  if (canRun && document.getElementById('boot').hasAttribute('data-socket')) {
    try {
      socket = window.earlySocket = new WebSocket(location.origin.replace('http', 'ws') + '/ws');
    } catch (refused) {}
  }

  try {
    if (sessionStorage.getItem(SLOW)) plain('slow');
  } catch (refused) {}
  if (!canRun) plain('missing');
})(window, document);
