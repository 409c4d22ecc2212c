/** Firefox. It is driven over WebDriver BiDi, because Playwright can drive only a Firefox of its own build. */

import { expect } from '@playwright/test';
import puppeteer, { Puppeteer, type Browser, type ElementHandle, type Page } from 'puppeteer-core';

import { test as base } from './test.ts';

/** Korean, as the people of the tests in Chromium read it. */
const PREFERENCES = {
  'intl.accept_languages': 'ko-KR,ko',
  // An address of this machine needs no encryption, as in Chromium.
  'dom.security.https_only_mode': false,
};

/** The preferences of a device that asks for less motion. */
export const LESS_MOTION = { 'ui.prefersReducedMotion': 1 };

/** What people can use, by role. */
const CONTROLS = { button: 'button, summary', link: 'a[href]', tab: '[role=tab]', textbox: 'input, textarea' };

/**
 * Finds controls by their exact label, as `::-p-named(selector|label)`. Puppeteer's own query for accessible names takes Firefox
 * two seconds for each look at a page, and more than a test has when the machine has other work.
 */
Puppeteer.registerCustomQueryHandler('named', {
  queryAll: (root, query) => {
    const [selector, label] = query.split('|') as [string, string];
    const nameOf = (control: HTMLElement) => {
      const labels = (control as HTMLInputElement).labels ?? [];
      return control.ariaLabel ?? (labels.length > 0 ? labels[0]!.innerText : control.innerText);
    };
    return [...(root as ParentNode).querySelectorAll<HTMLElement>(selector)].filter((control) => nameOf(control).trim() === label);
  },
});

/** The selector of a control. */
function named(role: keyof typeof CONTROLS, label: string): string {
  return `::-p-named(${CONTROLS[role]}|${label})`;
}

/** Firefox says this of images that were still being read when their page was left. (The tests look at each GIF themselves.) */
const CUT_OFF = 'Image corrupt or truncated.';

type Preferences = Record<string, string | number | boolean>;

interface WorkerFixtures {
  /** Starts Firefox, which ends with the worker. Calls with the same preferences return the same browser. */
  startFirefox: (preferences?: Preferences) => Promise<Browser>;
}

interface Fixtures {
  /** Makes a new person who uses Firefox, with a session of their own. */
  firefoxPerson: (preferences?: Preferences) => Promise<FirefoxPerson>;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  startFirefox: [
    async ({}, use) => {
      const started = new Map<string, Promise<Browser>>();
      await use((preferences = {}) => {
        const key = JSON.stringify(preferences);
        if (!started.has(key)) started.set(key, launch(preferences));
        return started.get(key)!;
      });
      for (const browser of started.values()) await (await browser).close();
    },
    { scope: 'worker' },
  ],

  firefoxPerson: async ({ startFirefox, site }, use, info) => {
    const people: FirefoxPerson[] = [];
    await use(async (preferences) => {
      const someone = await FirefoxPerson.arrive(await startFirefox(preferences), site.url);
      people.push(someone);
      return someone;
    });
    if (info.status !== info.expectedStatus) {
      for (const [n, { page }] of people.entries()) await page.screenshot({ path: info.outputPath(`firefox-${n}.png`) as `${string}.png` });
    }
    for (const someone of people) await someone.page.browserContext().close();
    expect(people.flatMap((someone) => someone.complaints), 'what Firefox complained about').toEqual([]);
  },
});

function launch(preferences: Preferences): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr',
    headless: true,
    // A command that Firefox never answers is told by its name before the test's time is over.
    protocolTimeout: 40_000,
    extraPrefsFirefox: { ...PREFERENCES, ...preferences },
  });
}

/** The steps of Person (person.ts) that the tests of Firefox need. */
export class FirefoxPerson {
  /** Everything that the browser complained about. */
  readonly complaints: string[] = [];

  static async arrive(browser: Browser, url: string): Promise<FirefoxPerson> {
    const page = await (await browser.createBrowserContext()).newPage();
    await page.setViewport({ width: 1280, height: 800 });
    await page.evaluateOnNewDocument(() => {
      window.WebSocket = class extends WebSocket {
        constructor(address: string | URL) {
          super(address);
          this.addEventListener('message', ({ data }) => (window.isCaughtUp ||= /"CaughtUp"|"Lobby"/.test(data)));
        }
      };
    });
    return new FirefoxPerson(page, url);
  }

  private constructor(
    readonly page: Page,
    readonly url: string,
  ) {
    page.on('pageerror', (error) => {
      if (!String(error).includes(CUT_OFF)) this.complaints.push(`broken script: ${String(error)}`);
    });
    page.on('console', (message) => {
      const isComplaint = message.type() === 'error' || /Content.Security.Policy/i.test(message.text());
      if (isComplaint) this.complaints.push(`${page.url()}: ${message.text()}`);
    });
  }

  /** Opens a page, and waits until its socket has told it where things stand. */
  async open(path: string): Promise<void> {
    await this.page.goto(this.url + path);
    await this.waitUntilLive();
  }

  /** Presses the button, the link or the tab with exactly this label. */
  async press(label: string, role: 'button' | 'link' | 'tab' = 'button'): Promise<void> {
    await this.page.locator(named(role, label)).click();
  }

  /** Makes a room from the lobby, enters it, and returns its id. */
  async createRoom(title: string): Promise<string> {
    await this.open('/');
    await this.press('채팅방 생성', 'link');
    await this.page.locator(named('textbox', '방 제목')).fill(title);
    await this.press('생성');
    await this.waitUntilLive();
    return /\/room\/([0-9a-f]{32})$/.exec(this.page.url())![1]!;
  }

  /** Enters by the address, through the door. */
  async enterByLink(room: string): Promise<void> {
    await this.page.goto(`${this.url}/room/${room}`);
    await this.press('입장');
    await this.waitUntilLive();
  }

  async waitUntilLive(): Promise<void> {
    // (A page on its way out cannot answer.)
    const isLive = () => this.page.evaluate(() => Boolean(window.isCaughtUp && document.querySelector('[role=log], [type=search]'))).catch(() => false);
    await expect.poll(isLive, { message: 'the page never caught up' }).toBe(true);
  }

  async say(text: string): Promise<void> {
    await this.page.locator(named('textbox', '메시지')).fill(text);
    await this.press('전송');
  }

  /** Chooses a file in the form for GIFs. */
  async chooseGif(path: string): Promise<void> {
    const input = await this.page.waitForSelector('input[type=file][name=gif]');
    await (input as ElementHandle<HTMLInputElement>).uploadFile(path);
  }

  /** The texts of the log's messages, in order. */
  async texts(): Promise<string[]> {
    return this.page.evaluate(() => [...document.querySelectorAll('[role=log] .bubble')].map((bubble) => bubble.textContent ?? ''));
  }

  /** The addresses of the GIFs that the log shows, in order; those that are still on their way to the server are not among them. */
  async addressesOfGifs(): Promise<string[]> {
    return this.page.evaluate(() => {
      const images = document.querySelectorAll<HTMLImageElement>('[role=log] .gif:not(.waiting) img');
      return [...images].map((image) => (image.complete && image.naturalWidth > 0 ? new URL(image.currentSrc).pathname : ''));
    });
  }
}

declare global {
  interface Window {
    /** The socket of this page has told it where things stand. */
    isCaughtUp?: boolean;
  }
}
