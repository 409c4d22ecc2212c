/**
 * The main journey, whole, with each trouble that a browser can have: through the lobby and a door into a room, talking in text and
 * GIFs, and out again. The trouble is there from the start, or begins while one of the pages is live.
 */

import type { Locator } from '@playwright/test';

import { ALTERATIONS, LATE_ALTERATIONS, WASM_FAULTS, alterPages, breakWasm } from '../lib/altered.ts';
import { gif } from '../lib/gif.ts';
import { NO_STORAGE, withoutNewerInterfaces } from '../lib/lacking.ts';
import { LEFT } from '../lib/person.ts';
import { Proxy, SOCKET_TROUBLES } from '../lib/proxy.ts';
import { LONG, expect, test, type Person } from '../lib/test.ts';
import { WITH_WORKER } from '../lib/worker.ts';

/** How long a message may take until two attempts at a socket have failed, in milliseconds. */
const SLOWLY = 40_000;
const PASSWORD = '참깨';

/** When the trouble begins: before the first page, or once this page is live. */
const MOMENTS = ['the start', 'the lobby', 'the door', 'the room'] as const;
type Moment = (typeof MOMENTS)[number];

interface Trouble {
  /** Makes the trouble begin, for the page that is open (if one is) and all later ones. */
  begin: (someone: Person, proxy: Proxy, moment: Moment) => Promise<unknown>;
  /** Pages that are opened from then on have their form without scripts. */
  isPlain?: true;
  moments?: readonly Moment[];
}

const TROUBLES: Record<string, Trouble> = {};

for (const [name, alter] of Object.entries(ALTERATIONS)) {
  TROUBLES[`pages with ${name}`] = { begin: (someone) => alterPages(someone, alter) };
}
for (const [name, alter] of Object.entries(LATE_ALTERATIONS)) {
  TROUBLES[`${name} while a page is live`] = { begin: ({ page }) => alter(page), moments: ['the lobby', 'the door', 'the room'] };
}
for (const [name, fault] of Object.entries(WASM_FAULTS)) {
  TROUBLES[`WebAssembly that ${name}`] = { begin: (someone) => breakWasm(someone, fault), isPlain: true };
}
TROUBLES['no WebAssembly'] = {
  begin: ({ context }) => context.addInitScript(() => void Reflect.deleteProperty(globalThis, 'WebAssembly')),
  isPlain: true,
};
for (const trouble of SOCKET_TROUBLES) {
  TROUBLES[`sockets that are ${trouble}`] = {
    begin: async ({ page }, proxy, moment) => {
      // A door has no socket.
      if (moment === 'the start' || moment === 'the door') return proxy.hinder(trouble);
      const polled = page.waitForResponse((response) => new URL(response.url()).pathname === '/poll', { timeout: SLOWLY });
      proxy.hinder(trouble);
      await polled;
    },
  };
}
for (const [name, without] of Object.entries(NO_STORAGE)) {
  TROUBLES[`storage that ${name}`] = {
    begin: async ({ context, page }) => {
      await context.addInitScript(without);
      await page.evaluate(without);
    },
  };
}
TROUBLES['a browser without newer interfaces'] = {
  begin: ({ context }) => context.addInitScript(withoutNewerInterfaces),
  moments: ['the start'],
};
TROUBLES['a worker'] = { begin: async () => {}, moments: ['the start'] };

function wrongPassword({ page }: Person): Locator {
  return page.getByText(/비밀번호가 틀렸습니다\./);
}

/** What differs for a page that has its form without scripts: its log is in a frame, and only a new page shows what is new. */
async function expectText(someone: Person, text: string, isPlain: boolean): Promise<void> {
  if (!isPlain) return someone.expectMessage(text, { timeout: SLOWLY });
  await someone.page.reload();
  await expect(someone.page.frameLocator('iframe.log-frame').getByText(text, { exact: true })).toBeVisible();
}

async function expectGifs(someone: Person, count: number, isPlain: boolean): Promise<void> {
  if (!isPlain) return expect(someone.gifs).toHaveCount(count, { timeout: SLOWLY });
  await someone.page.reload();
  await expect(someone.page.frameLocator('iframe.log-frame').getByRole('img', { name: /GIF/ })).toHaveCount(count);
}

/** A form without scripts leads to another page, which has to be there before anything else is done. */
async function submit({ page }: Person, press: () => Promise<void>): Promise<void> {
  const loaded = page.waitForEvent('load');
  await press();
  await loaded;
}

async function send(someone: Person, text: string, isPlain: boolean): Promise<void> {
  if (!isPlain) return someone.send(text);
  await submit(someone, () => someone.send(text));
}

async function sendGif(someone: Person, isPlain: boolean): Promise<void> {
  const file = gif('sora.gif', { tint: 1 });
  if (!isPlain) return void (await someone.sendGif(file));
  await someone.chooseGif(file);
  await submit(someone, () => someone.page.locator('.gif-form button:not([type=button])').click());
}

// In the plain run, each trouble is in a spec of its own on one page.
for (const [name, { begin, isPlain, moments = MOMENTS }] of LONG ? Object.entries(TROUBLES) : []) {
  for (const moment of moments) {
    test(`from ${moment} on, with ${name}, the journey is whole`, async ({ person, site, title }) => {
      test.slow();
      const proxy = await Proxy.to(site.url);
      try {
        const mina = await person();
        const sora = await person({ url: proxy.url, ...(name === 'a worker' ? WITH_WORKER : {}) });
        let isTroubled = false;
        const reach = async (now: Moment) => {
          if (now === moment) {
            await begin(sora, proxy, moment);
            isTroubled = true;
          }
        };
        const isPlainNow = () => isTroubled && isPlain === true;

        await reach('the start');
        await sora.openLobby();
        const isPlainLobby = isPlainNow();
        if (!isPlainLobby) await sora.waitUntilLive(SLOWLY);
        await reach('the lobby');
        await mina.createRoom({ title, password: PASSWORD });
        await mina.say('어서 오세요');
        if (isPlainLobby) await sora.page.reload();
        await expect(sora.card(title)).toBeVisible({ timeout: SLOWLY });
        await expect(sora.card(title)).toContainText('1/10', { timeout: SLOWLY });

        await sora.clickEnterOnCard(title);
        await sora.tryPassword('들깨');
        await expect(wrongPassword(sora)).toBeVisible();
        await reach('the door');
        await sora.tryPassword('들깨');
        await expect(wrongPassword(sora)).toBeVisible();
        const isPlainRoom = isPlainNow();
        await sora.tryPassword(PASSWORD);
        if (isPlainRoom) await expect(sora.page.locator('iframe.log-frame')).toBeVisible();
        else await expect(sora.log).toBeVisible();
        if (!isPlainRoom) await sora.waitUntilLive(SLOWLY);

        await reach('the room');
        await expectText(sora, '어서 오세요', isPlainRoom);
        await send(sora, '안녕하세요', isPlainRoom);
        await expectText(sora, '안녕하세요', isPlainRoom);
        await mina.expectMessage('안녕하세요');
        await mina.say('잘 오셨어요');
        await expectText(sora, '잘 오셨어요', isPlainRoom);
        await sendGif(sora, isPlainRoom);
        await expect(mina.gifs).toHaveCount(1);
        await mina.sendGif(gif('mina.gif', { tint: 2 }));
        await expectGifs(sora, 2, isPlainRoom);
        await sora.leave();
        await expect(mina.log).toContainText(LEFT);
      } finally {
        await proxy.close();
      }
    });
  }
}
