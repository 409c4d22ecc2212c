/**
 * The page object of the tests: one visitor with a browser context of their own, and the steps that every spec needs. Steps that
 * only some specs need are functions that take the person first: messages.ts, people.ts, unread.ts, notifications.ts, served.ts.
 * Each step looks for the words of the person's own language, so that a label in the wrong language fails.
 */

import {
  expect,
  type APIResponse,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
  type Response,
} from '@playwright/test';

import { DEFERRED } from './altered.ts';
import type { Upload } from './gif.ts';
import { BACK } from './relay.ts';

interface NewRoom {
  title: string;
  capacity?: number | string;
  password?: string;
}

/** By what a person operates a page; `keyboard` is Tab and Enter alone. */
export type Input = 'mouse' | 'keyboard' | 'touch';

type Language = 'ko' | 'en';

/** A text of the page in both languages. */
export type Words = readonly [korean: string, english: string];

/** Lines of the log, without the name before them, for people who read Korean. */
export const ENTERED = '님이 입장하셨습니다.';
export const LEFT = '님이 퇴장하셨습니다.';

const FORM_LABELS: Record<keyof NewRoom, Words> = {
  title: ['방 제목', 'Room title'],
  capacity: ['수용 인원', 'People'],
  password: ['비밀번호', 'Password'],
};

/** Chromium writes these when a request is refused or a connection is cut. Tests check such requests on their own. */
const FROM_BROWSER = /^Failed to load resource|^WebSocket connection to /;

export class Person {
  /** Everything the browser complained about: errors in the console, broken scripts, breaches of the CSP. */
  readonly complaints: string[] = [];
  /** What the sockets of this page carried. */
  readonly frames = { received: [] as string[], sent: [] as string[] };
  /** The sockets that are open, or are being opened. */
  sockets = 0;
  #isLive = false;
  #hasRest = false;
  #catchUps = 0;

  static async arrive(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({ ...options, baseURL: url });
    const language = options.locale?.startsWith('en') ? 'en' : 'ko';
    return new Person(context, await context.newPage(), url, language);
  }

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly url: string,
    private language: Language,
  ) {
    this.#listenTo(page);
  }

  /** The same person in one more tab. */
  async newTab(): Promise<Person> {
    return new Person(this.context, await this.context.newPage(), this.url, this.language);
  }

  /** Picks the text in the language that this person reads. */
  words([korean, english]: Words): string {
    return this.language === 'ko' ? korean : english;
  }

  /** The button with exactly this label. */
  button(label: Words, within: Page | Locator = this.page): Locator {
    return within.getByRole('button', { name: this.words(label), exact: true });
  }

  // --- The lobby

  async openLobby(): Promise<void> {
    await this.page.goto('/');
    await expect(this.page.getByRole('heading', { name: this.words(['GIF 채팅방', 'GIF chat rooms']) })).toBeVisible();
  }

  /** Opens the lobby and waits until it is told of changes. */
  async watchLobby(): Promise<void> {
    await this.openLobby();
    await this.waitUntilLive();
  }

  card(title: string): Locator {
    return this.page.getByRole('listitem').filter({ has: this.page.getByText(title, { exact: true }) });
  }

  get searchBox(): Locator {
    return this.page.getByRole('searchbox');
  }

  async openRoomForm(): Promise<void> {
    await this.page.goto('/room');
  }

  /** Waits until the form works by script. One that is sent before comes back without its password. */
  async waitForForm(): Promise<void> {
    await this.page.waitForFunction(() => 'isLive' in window);
  }

  /** Follows a link to the new-room form, of which pages may have several. */
  async clickNewRoom(): Promise<void> {
    await this.page.getByRole('link', { name: this.words(['채팅방 생성', 'New room']) }).first().click();
  }

  async fillInRoom({ title, capacity, password }: Partial<NewRoom>): Promise<void> {
    if (title !== undefined) await this.formField('title').fill(title);
    if (capacity !== undefined) await this.formField('capacity').fill(String(capacity));
    if (password !== undefined) await this.formField('password').fill(password);
  }

  async submitRoom(): Promise<void> {
    await this.button(['생성', 'Create']).click();
  }

  /** A field of the new-room form; the door has the same one for its password. */
  formField(name: keyof NewRoom): Locator {
    return this.page.getByLabel(this.words(FORM_LABELS[name]), { exact: true });
  }

  /** Makes a room from the lobby, enters it, and returns its id. */
  async createRoom(room: NewRoom): Promise<string> {
    await this.openLobby();
    await this.clickNewRoom();
    await this.fillInRoom(room);
    await this.submitRoom();
    await this.expectInside();
    return this.roomId();
  }

  /** Uses the switch in the lobby, behind the person's own face. */
  async switchLanguage(to: 'English' | '한국어'): Promise<void> {
    await this.button(['내 얼굴과 색', 'My face and colour']).click();
    await this.page.getByRole('button', { name: to }).click();
    this.language = to === 'English' ? 'en' : 'ko';
  }

  // --- Entering and leaving

  /** Enters from the lobby, as most people do; a locked room asks for its password at the door. */
  async enterRoom(title: string, password?: string): Promise<void> {
    await this.openLobby();
    await this.clickEnterOnCard(title);
    if (password !== undefined) await this.tryPassword(password);
    await this.expectInside();
  }

  async clickEnterOnCard(title: string): Promise<void> {
    const card = this.card(title);
    const name = this.words(['입장', 'Enter']);
    await card.getByRole('button', { name }).or(card.getByRole('link', { name })).click();
  }

  /** Opens the address of a room, whatever that shows: the door, the room, or why there is neither. */
  async visitRoom(room: string): Promise<Response | null> {
    return this.page.goto(`/room/${room}`);
  }

  /** Enters by the address, through the door. */
  async enterByLink(room: string): Promise<void> {
    await this.visitRoom(room);
    await this.clickEnter();
    await this.expectInside();
  }

  /** Opens a room in which this person has a seat already: there is no door. */
  async openRoom(room: string): Promise<void> {
    await this.visitRoom(room);
    await this.expectInside();
  }

  /** Presses the button of the door. */
  async clickEnter(): Promise<void> {
    await this.button(['입장', 'Enter']).click();
  }

  async tryPassword(password: string): Promise<void> {
    await this.formField('password').fill(password);
    await this.clickEnter();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.expectInside();
  }

  async leave(): Promise<void> {
    await this.leaveButton.click();
    await expect(this.page).toHaveURL('/');
  }

  /** Leaves as the last person, who is asked first, since the room goes with them. */
  async leaveAsLast(): Promise<void> {
    await this.leaveButton.click();
    await this.leaveAndCloseButton.click();
    await expect(this.page).toHaveURL('/');
  }

  get leaveButton(): Locator {
    return this.button(['방 나가기', 'Leave room']);
  }

  get leaveAndCloseButton(): Locator {
    return this.button(['나가고 닫기', 'Leave and close'], this.dialog);
  }

  // --- Talking

  /** Types a text and sends it, without waiting for the result. */
  async send(text: string, input: Input = 'mouse'): Promise<void> {
    if (input === 'keyboard') {
      await this.tabTo(this.messageBox);
      await this.page.keyboard.insertText(text);
      return this.page.keyboard.press('Enter');
    }
    await this.messageBox.fill(text);
    await this.press(this.sendButton, input);
  }

  /** Sends a text and waits until the server has it. */
  async say(text: string, input: Input = 'mouse'): Promise<void> {
    await this.send(text, input);
    await this.expectMessage(text);
    // The page shows a message before the server has it.
    await expect(this.message(text, this.log.locator('.pending'))).toHaveCount(0);
  }

  async chooseGif(file: Upload): Promise<void> {
    await this.page.getByLabel(this.words(['GIF 올리기', 'Upload GIF'])).setInputFiles(file);
  }

  /** Sends a GIF, waits until the server has it, and returns its message. */
  async sendGif(file: Upload): Promise<Locator> {
    const before = await this.gifs.count();
    await this.chooseGif(file);
    await expect(this.gifs).toHaveCount(before + 1);
    await expect(this.log.locator('.pending li')).toHaveCount(0);
    return this.gifs.last();
  }

  /** Waits until exactly one message says this. */
  async expectMessage(text: string, options: { timeout?: number } = {}): Promise<void> {
    await expect(this.message(text)).toHaveCount(1, options);
    await expect(this.message(text)).toBeVisible();
  }

  // --- Mouse, keys and touch

  async press(target: Locator, input: Input): Promise<void> {
    if (input === 'mouse') return target.click();
    if (input === 'touch') return target.tap();
    await this.tabTo(target);
    await this.page.keyboard.press('Enter');
  }

  /** Presses Tab until `target` has the focus, or Shift+Tab when that is nearer. */
  async tabTo(target: Locator): Promise<void> {
    // Tab would skip an element that is not there yet.
    await expect(target).toBeVisible();
    const isBefore = await target.evaluate((element) => {
      const focused = document.activeElement ?? document.body;
      // With no focus, Shift+Tab begins at the end of the page, where the newest messages are near.
      if (focused === document.body) return element.closest('main') !== null;
      return Boolean(element.compareDocumentPosition(focused) & Node.DOCUMENT_POSITION_FOLLOWING);
    });
    for (let step = 0; step < 60; step++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press(isBefore ? 'Shift+Tab' : 'Tab');
    }
    throw new Error(`Tab does not lead to ${target}`);
  }

  // --- What is on the page

  /** The id of the room whose address this person's page has. */
  roomId(): string {
    const id = /\/room\/([0-9a-f]{32})/.exec(this.page.url())?.[1];
    if (!id) throw new Error(`not at a room: ${this.page.url()}`);
    return id;
  }

  async expectInside(): Promise<void> {
    await expect(this.log).toBeVisible();
    await this.waitUntilLive();
    await this.waitForTheRest();
  }

  /**
   * Waits for the part of the WASM that comes after the page is live. Where the network is lost before, what is pressed waits. The
   * WASM of bin/profile, which remembers its calls, is not divided.
   */
  async waitForTheRest(): Promise<void> {
    const isDivided = await this.page.evaluate(
      () => !('calls' in window) && [...document.scripts].some((script) => script.text.includes('.deferred.')),
    );
    if (isDivided) await expect.poll(() => this.#hasRest, { message: 'the rest of the WASM never came' }).toBe(true);
  }

  get log(): Locator {
    return this.page.getByRole('log', { name: this.words(['채팅 내용', 'Messages']) });
  }

  get messageBox(): Locator {
    return this.page.getByRole('textbox', { name: this.words(['메시지', 'Message']), exact: true });
  }

  get sendButton(): Locator {
    return this.button(['전송', 'Send']);
  }

  /** Messages that say exactly this: the whole entry, with its author, time and buttons. */
  message(text: string, within: Locator = this.log): Locator {
    const bubble = this.page.locator('.bubble').filter({ hasText: new RegExp(`^${escapeRegExp(text)}$`) });
    return within.locator('li.msg').filter({ has: bubble });
  }

  /** The text of such a message alone, for where it is on the screen. */
  bubble(text: string): Locator {
    return this.message(text).locator('.bubble');
  }

  /** The menu on a message or a person. Only one is open at a time. */
  get menu(): Locator {
    return this.page.locator('#menu');
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  /** Messages that are a GIF. */
  get gifs(): Locator {
    return this.log.locator('li.msg').filter({ has: this.page.locator('.gif:not(.waiting)') });
  }

  /** The notice under the person's own message until the first answer. */
  get sendingNotice(): Locator {
    return this.log.getByText(this.words(['보내는 중…', 'Sending…']));
  }

  /** The notice under the person's own message that is being tried again. */
  get unsentNotice(): Locator {
    return this.log.getByText(this.words(['아직 보내지 못했어요.', 'Not sent yet.']));
  }

  /** The notice that there is no connection to the server. */
  get offlineNotice(): Locator {
    return this.page.getByText(this.words(['연결이 끊겼어요.', 'Connection lost.']));
  }

  /** The button that tries to send the person's own message again. */
  retryButton(within: Page | Locator = this.page): Locator {
    return this.button(['다시 보내기', 'Send again'], within);
  }

  /** The log as lines of text, the way this person reads it. */
  async transcript(): Promise<string[]> {
    const text = await this.log.innerText();
    return text.split('\n').filter((line) => line.trim() !== '');
  }

  /** The entries of the log, in order: the text of a message, whose GIF it is, or a line of the system. */
  async entries(): Promise<string[]> {
    return this.log.getByRole('listitem').evaluateAll((items) =>
      items.map((item) => {
        const gif = item.querySelector<HTMLImageElement>('img[alt*="GIF"]');
        return gif?.alt ?? item.querySelector('.bubble')?.textContent ?? item.textContent ?? '';
      }),
    );
  }

  /** How many lines of the log contain this. */
  async times(text: string): Promise<number> {
    return (await this.transcript()).filter((line) => line.includes(text)).length;
  }

  /** When the page first contains this, or first does not: milliseconds since 1970, by the clock of the page. */
  timeOf(text: string | RegExp, isThere = true): Promise<number> {
    const pattern = typeof text === 'string' ? escapeRegExp(text) : text.source;
    return this.page.evaluate(
      ({ pattern, isThere }) =>
        new Promise<number>((resolve) => {
          const look = () => new RegExp(pattern).test(document.body.innerText) === isThere && resolve(Date.now());
          new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
          look();
        }),
      { pattern, isThere },
    );
  }

  // --- The connection

  /** Waits until the socket of this page has caught up; from then on the page shows every change by itself. */
  async waitUntilLive(timeout = 10_000): Promise<void> {
    await expect.poll(() => this.#isLive, { message: 'the page never caught up', timeout }).toBe(true);
  }

  /** How many sockets have caught up so far. */
  get catchUps(): number {
    return this.#catchUps;
  }

  /** Waits until more than `before` sockets have caught up: a new one has come since that count was taken. */
  async waitForReconnect(before: number): Promise<void> {
    await expect.poll(() => this.#catchUps, { message: 'no socket came back', ...BACK }).toBeGreaterThan(before);
  }

  // --- Requests that bypass the page

  /** Calls a server function as the page does. */
  async callApi(name: string, form: Record<string, string>): Promise<APIResponse> {
    return this.context.request.post(`/api/${name}`, { form, headers: this.#apiHeaders() });
  }

  /** Makes a room without going there, and returns its id. */
  async createRoomByApi({ title, capacity = 10, password = '' }: NewRoom): Promise<string> {
    const answer = await this.callApi('create_room', { title, capacity: String(capacity), password });
    expect(answer.status(), await answer.text()).toBe(200);
    return (await answer.json()) as string;
  }

  /** Says something without waiting for the page to show it. */
  async sayByApi(room: string, text: string): Promise<void> {
    const answer = await this.callApi('send_text', { room, client: randomClientId(), text });
    expect(answer.status(), await answer.text()).toBe(200);
  }

  async uploadByApi(room: string, gif: Upload, more: Record<string, string> = {}): Promise<APIResponse> {
    return this.context.request.post('/api/upload_gif', { multipart: { room, ...more, gif }, headers: this.#apiHeaders() });
  }

  #apiHeaders(): Record<string, string> {
    return { accept: 'application/json', origin: this.url };
  }

  #listenTo(page: Page): void {
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) this.#isLive = this.#hasRest = false;
    });
    page.on('requestfinished', (request) => (this.#hasRest ||= DEFERRED.test(request.url())));
    page.on('websocket', (socket) => {
      let isCaughtUp = false;
      this.sockets += 1;
      socket.on('framesent', ({ payload }) => this.frames.sent.push(payload.toString()));
      socket.on('framereceived', ({ payload }) => {
        this.frames.received.push(payload.toString());
        if (!/"CaughtUp"|"Lobby"/.test(payload.toString())) return;
        if (!isCaughtUp) this.#catchUps += 1;
        isCaughtUp = this.#isLive = true;
      });
      socket.on('close', () => {
        this.sockets -= 1;
        if (isCaughtUp) this.#isLive = false;
      });
    });
    // A page without a socket polls.
    page.on('response', async (response) => {
      if (new URL(response.url()).pathname !== '/poll') return;
      const text = await response.text().catch(() => '');
      if (/"CaughtUp"|"Lobby"/.test(text)) this.#isLive = true;
    });
    page.on('pageerror', (error) => this.complaints.push(`broken script: ${error.message}`));
    page.on('console', (message) => {
      const isComplaint = message.type() === 'error' || /Content.Security.Policy/i.test(message.text());
      if (isComplaint && !FROM_BROWSER.test(message.text())) this.complaints.push(`${page.url()}: ${message.text()}`);
    });
  }
}

/** A client id, by which the server tells a message that is sent again from a new one. */
export function randomClientId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
