/** Pages that something on the way has altered, and WebAssembly that does not arrive. */

import { expect, type Page, type Route } from '@playwright/test';

import type { Person } from './person.ts';

const WASM = /\/pkg\/[^/]+\.wasm$/;
/** The part of a page's WASM that comes after the page is live. */
export const DEFERRED = /\/pkg\/[^/]+\.deferred\.[^/]+\.wasm$/;

/** What proxies and extensions do to a page's HTML before a browser runs it. */
export const ALTERATIONS = {
  'an element of an extension first in the body': (html: string) =>
    html.replace(/<body[^>]*>/, '$&<div class="extension"><span>☆</span><button>Translate</button></div>'),
  'an element of an extension beside every field': (html: string) =>
    html.replace(/<(?:input(?! type="hidden")|textarea)[^>]*>(?:[^<]*<\/textarea>)?/g, '$&<span class="extension"></span>'),
  'every word wrapped in a mark': (html: string) => eachText(html, (text) => text.replace(/\S+/g, '<mark>$&</mark>')),
  'all text wrapped in font by a translator': (html: string) => eachText(html, (text) => `<font><font>${text}</font></font>`),
  'all words replaced by others': (html: string) => eachText(html, (text) => text.replace(/[^\s\d]/g, '○')),
  'white space and comments taken out': (html: string) =>
    inBody(html, (body) => body.replace(/<!(?:--.*?--)?>/g, '').replace(/>\s+</g, '><')),
  'an attribute on every element': (html: string) => inBody(html, (body) => body.replace(/<([a-z][\w-]*)/g, '<$1 data-seen')),
} as const;

function inBody(html: string, alter: (body: string) => string): string {
  const start = html.indexOf('<body');
  return html.slice(0, start) + alter(html.slice(start));
}

/** Alters the texts, apart from those in a field or a <noscript>, which hold no elements. */
function eachText(html: string, alter: (text: string) => string): string {
  const kept = /<(noscript|textarea)\b.*?<\/\1>|<[^>]*>|[^<]+/gs;
  return inBody(html, (body) => body.replace(kept, (part) => (part.startsWith('<') || !part.trim() ? part : alter(part))));
}

/** Alters every page that this person opens from now on (but not the data that an altered page asks for). */
export async function alterPages({ page }: Person, alter: (html: string) => string): Promise<void> {
  await page.route('**/*', async (route) => {
    if (route.request().resourceType() !== 'document') return route.fallback();
    const response = await route.fetch({ maxRedirects: 0 });
    const isPage = response.headers()['content-type']?.startsWith('text/html');
    return route.fulfill(isPage ? { response, body: alter(await response.text()) } : { response });
  });
}

/** Leads to a page that checks nothing before it hydrates, as if an alteration had gone unnoticed. */
export function unchecked(html: string): string {
  // (A release has minified the script.)
  const check = /=== ?\w+\(\)\.getAttribute\(['"]data-shape['"]\)/;
  expect(html).toMatch(check);
  return html.replace(check, '!==null');
}

/** How WebAssembly fails to arrive. */
export const WASM_FAULTS = {
  'is refused': (route: Route) => route.abort(),
  'is missing': (route: Route) => route.fulfill({ status: 404, contentType: 'text/html', body: '<h1>404</h1>' }),
  'is cut off': async (route: Route) => {
    const response = await route.fetch();
    return route.fulfill({ response, body: (await response.body()).subarray(0, 10_000) });
  },
  'is another file': (route: Route) => route.fulfill({ contentType: 'text/html', body: '<p>Please log in</p>' }),
} as const;

export async function breakWasm({ page }: Person, fault: (route: Route) => Promise<void>, files = WASM): Promise<void> {
  // The page that asked may be gone.
  await page.route(files, (route) => fault(route).catch(() => {}));
}

/** Holds the WASM back until the returned function is called, except for requests for which the page stands still. */
export async function holdWasm({ page }: Person, files = WASM): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(files, async (route) => {
    if (route.request().resourceType() !== 'xhr') await released;
    // The page that asked may be gone.
    await route.fallback().catch(() => {});
  });
  return release;
}

/** What extensions and translators do to a page that is open. */
export const LATE_ALTERATIONS = {
  'an element of an extension put first in the body': (page: Page) =>
    page.evaluate(() => {
      const element = document.createElement('div');
      element.textContent = '☆';
      document.body.prepend(element);
    }),
  'every word wrapped in a mark': (page: Page) => replaceTexts(page, 'mark', /(\S+)/),
  'all text replaced by a translator': translate,
} as const;

export function translate(page: Page): Promise<void> {
  return replaceTexts(page, 'font', /^([^]*)$/);
}

/** Replaces the texts that the page shows: each part that is captured by `parts` by an element with this text. */
function replaceTexts(page: Page, element: string, parts: RegExp): Promise<void> {
  return page.evaluate(
    ([element, parts]) => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      while (walker.nextNode()) texts.push(walker.currentNode as Text);
      for (const text of texts.filter((text) => text.data.trim() && !text.parentElement?.closest('noscript, textarea'))) {
        const replaced = text.data.split(parts).map((part, n) => {
          // Every second part is one that was captured.
          if (n % 2 === 0) return part;
          const replacement = document.createElement(element);
          replacement.textContent = part;
          return replacement;
        });
        text.replaceWith(...replaced);
      }
    },
    [element, parts] as const,
  );
}
